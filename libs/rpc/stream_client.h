#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "base/log.h"
#include "rpc/backoff.h"
#include "rpc/stream_call.h"

namespace rpc {

/// Keeps one server stream open for as long as it lives: when the stream ends, or when a response
/// is missing (`sequence` counts them from 1), it asks again after a back-off, so nobody works on a
/// stream with a hole. One response is read at a time: a loop that is behind slows the server.
///
/// Owned and called by the loop. Handlers run on the loop and must not destroy it.
template <class Request, class Response>
class StreamClient {
  public:
    using Call = StreamCall<Response>;
    /// Asks, see GrpcStreamCall.
    using Open =
        std::function<std::unique_ptr<Call>(const Request&, typename Call::Handlers handlers)>;

    struct Handlers {
        /// A stream begins: what comes now is a snapshot.
        std::function<void()> on_begin = [] {};
        /// The next response; whether it may be used. A false ends the stream like a gap does.
        std::function<bool(const Response&)> on_response{};
        /// The stream ended, and will be asked for again.
        std::function<void(const grpc::Status&)> on_end = [](const grpc::Status&) {};
    };

    /// `peer` is for the log.
    StreamClient(boost::asio::io_context& loop, base::Random& random, std::string peer,
                 Request request, Open open, Handlers handlers, Backoff::Limits limits = {})
        : peer_(std::move(peer)),
          request_(std::move(request)),
          open_(std::move(open)),
          handlers_(std::move(handlers)),
          retry_(loop),
          backoff_(random, limits) {}

    StreamClient(const StreamClient&) = delete;
    StreamClient& operator=(const StreamClient&) = delete;

    void start() {
        sequence_ = 0;
        call_ =
            open_(request_, {.on_response = [this](const Response& response) { on_read(response); },
                             .on_done = [this](const grpc::Status& status) { on_done(status); }});
    }

  private:
    void on_read(const Response& response) {
        if (response.sequence() != sequence_ + 1) {
            base::log_warning(
                "stream has a gap, asking again",
                {{"peer", peer_}, {"expected", sequence_ + 1}, {"got", response.sequence()}});
            return call_->cancel();
        }
        if (++sequence_ == 1) {
            if (std::exchange(is_lost_, false)) base::log_info("stream is back", {{"peer", peer_}});
            handlers_.on_begin();
        }
        if (!handlers_.on_response(response)) return call_->cancel();
        backoff_.reset();
        call_->read_on();
    }

    void on_done(const grpc::Status& status) {
        call_.reset();
        const auto wait = backoff_.next();
        if (!std::exchange(is_lost_, true))
            base::log_warning("stream ended, asking again",
                              {{"peer", peer_},
                               {"code", static_cast<int>(status.error_code())},
                               {"reason", status.error_message()}});
        handlers_.on_end(status);
        retry_.expires_after(wait);
        retry_.async_wait([this, alive = std::weak_ptr{alive_}](const auto& error) {
            if (!error && !alive.expired()) start();
        });
    }

    std::string peer_;
    Request request_;
    Open open_;
    Handlers handlers_;
    boost::asio::steady_timer retry_;
    Backoff backoff_;
    std::unique_ptr<Call> call_{};
    std::uint64_t sequence_ = 0;  // of the last response of this stream
    bool is_lost_ = false;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace rpc
