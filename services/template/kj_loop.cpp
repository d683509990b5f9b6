#include "template/kj_loop.h"

#include <boost/asio/post.hpp>
#include <utility>

#include "base/ensure.h"

namespace templates {
namespace {

// Between two looks at the sockets and timers of the rest of the service.
constexpr unsigned turns_max = 256;

}  // namespace

boost::asio::execution_context::id KjLoop::id;

KjLoop& KjLoop::of(boost::asio::io_context& loop) {
    return boost::asio::use_service<KjLoop>(static_cast<boost::asio::execution_context&>(loop));
}

KjLoop::KjLoop(boost::asio::execution_context& context)
    : service(context),
      loop_(static_cast<boost::asio::io_context&>(context)),
      events_(static_cast<kj::EventPort&>(*this)),
      scope_(events_) {}

bool KjLoop::wait() {
    base::ensure(false, "the loop never waits");
    return false;
}

void KjLoop::setRunnable(bool runnable) {
    if (runnable) schedule();
}

void KjLoop::schedule() {
    if (std::exchange(is_scheduled_, true)) return;
    boost::asio::post(loop_, [this] { turn(); });
}

void KjLoop::turn() {
    is_scheduled_ = false;
    events_.run(turns_max);
    if (events_.isRunnable()) schedule();
}

}  // namespace templates
