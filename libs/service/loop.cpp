#include "service/loop.h"

#include <boost/asio/executor_work_guard.hpp>

namespace service {

void Loop::run() {
    const auto guard = boost::asio::make_work_guard(context_);
    context_.run();
}

}  // namespace service
