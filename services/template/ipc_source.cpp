#include "template/ipc_source.h"

#include <fmt/format.h>

#include <boost/asio/post.hpp>
#include <utility>

#include "base/log.h"
#include "template/kj_loop.h"
#include "template/kj_stream.h"

namespace templates {

IpcSource::IpcSource(boost::asio::io_context& loop, const base::Clock& clock, base::Random& random,
                     Settings settings)
    : loop_(loop),
      clock_(clock),
      settings_(std::move(settings)),
      backoff_(random, settings_.retry),
      retry_(loop),
      // No name of a former process comes again: a block that it left must not be taken for the
      // solution of another template.
      next_origin_(static_cast<std::uint64_t>(clock.unix_now().time_since_epoch().count())),
      submissions_(
          loop, settings_.submit_timeout,
          {.kind = SubmitAnswer::Kind::unreachable, .reason = "the node did not answer in time"}),
      searches_(loop, settings_.submit_timeout, {}) {
    settings_.session.socket = settings_.socket;
    KjLoop::of(loop);
}

IpcSource::~IpcSource() = default;

void IpcSource::start(Callbacks callbacks) {
    callbacks_ = std::move(callbacks);
    connect();
}

void IpcSource::submit_block(SolvedBlock block, OnSubmitted on_submitted) {
    auto answer = submissions_.add(std::move(on_submitted));
    if (session_ && session_->is_greeted()) return session_->submit(std::move(block), answer);
    boost::asio::post(loop_, [answer, why = why_] {
        answer({.kind = SubmitAnswer::Kind::unreachable, .reason = why});
    });
}

void IpcSource::find_block(const bitcoin::BlockHash& hash, OnFound on_found) {
    auto answer = searches_.add(std::move(on_found));
    if (session_ && session_->is_greeted()) return session_->find_block(hash, answer);
    boost::asio::post(loop_, [answer] { answer({}); });
}

void IpcSource::connect() {
    auto socket = std::make_shared<Socket>(loop_);
    socket->async_connect({settings_.socket}, [this, socket, alive = std::weak_ptr{is_alive_}](
                                                  const boost::system::error_code& error) {
        if (alive.expired()) return;
        if (error) return lose(connect_fault(settings_.socket, error));
        begin_session(std::move(*socket));
    });
}

void IpcSource::begin_session(Socket socket) {
    auto callbacks = callbacks_;
    callbacks.on_status = [this](NodeStatus status) {
        why_ = status.why;
        if (status.is_reachable) {
            backoff_.reset();
            if (!std::exchange(logged_, {}).empty())
                base::log_info("node answers again", {{"socket", settings_.socket}});
        }
        callbacks_.on_status(std::move(status));
    };
    callbacks.on_unusable = [this](std::string_view why) {
        const auto what = fmt::format("node at {} {}", settings_.socket, why);
        why_ = what;
        end_session();
        callbacks_.on_status({.is_reachable = false, .why = what});
        callbacks_.on_unusable(what);
    };
    session_ = std::make_unique<IpcSession>(
        loop_, clock_, kj::heap<KjStream>(std::move(socket)), settings_.session, next_origin_,
        IpcSession::Callbacks{.source = std::move(callbacks),
                              .on_lost = [this](const std::string& why) {
                                  end_session();
                                  lose(why);
                              }});
    session_->start();
}

// From within the session, which therefore is destroyed later; nothing comes of it any more.
void IpcSource::end_session() {
    boost::asio::post(loop_, [session = std::shared_ptr<IpcSession>{std::move(session_)}] {});
    const SubmitAnswer unreachable{.kind = SubmitAnswer::Kind::unreachable,
                                   .reason = "the connection to the node was lost"};
    boost::asio::post(loop_, [this, alive = std::weak_ptr{is_alive_}, unreachable] {
        if (alive.expired()) return;
        submissions_.give_up(unreachable);
        searches_.give_up({});
    });
}

void IpcSource::lose(const std::string& why) {
    why_ = why;
    if (std::exchange(logged_, why) != why)
        base::log_warning("node gives no templates, connecting again",
                          {{"socket", settings_.socket}, {"reason", why}});
    callbacks_.on_status({.is_reachable = false, .why = why});
    retry_.expires_after(backoff_.next());
    retry_.async_wait([this, alive = std::weak_ptr{is_alive_}](const auto& error) {
        if (!error && !alive.expired()) connect();
    });
}

std::string connect_fault(const std::string& path, const boost::system::error_code& error) {
    namespace errc = boost::system::errc;
    if (error == errc::no_such_file_or_directory)
        return fmt::format(
            "there is no socket {}: start Bitcoin Core 30 or later as `bitcoin -m node "
            "-ipcbind=unix` (or bitcoin-node; plain bitcoind has no such socket), and check the "
            "node's key socket",
            path);
    if (error == errc::connection_refused)
        return fmt::format("nobody listens at socket {}: the node is not running", path);
    if (error == errc::permission_denied)
        return fmt::format(
            "no permission for socket {}: this user must be able to write to it and to enter its "
            "folders",
            path);
    return fmt::format("cannot connect to socket {}: {}", path, error.message());
}

}  // namespace templates
