#pragma once

#include <grpcpp/client_context.h>
#include <grpcpp/support/client_callback.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "base/log.h"
#include "rpc/backoff.h"
#include "rpc/mailbox.h"

namespace rpc {

/// Keeps one server stream open for as long as it lives: when the stream ends, or when a response
/// is missing (`sequence` counts them from 1), it asks again after a back-off, so nobody works on a
/// stream with a hole. One response is read at a time: a loop that is behind slows the server.
///
/// Owned and called by the loop. Handlers run on the loop and must not destroy it.
template <class Request, class Response>
class StreamClient {
  public:
    using Reactor = grpc::ClientReadReactor<Response>;
    /// Starts the call: `stub->async()->Watch(context, request, reactor)`.
    using Open = std::function<void(grpc::ClientContext*, const Request*, Reactor*)>;

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
          mailbox_(loop),
          retry_(loop),
          backoff_(random, limits) {}

    ~StreamClient() {
        if (attempt_) attempt_->abandon();
    }
    StreamClient(const StreamClient&) = delete;
    StreamClient& operator=(const StreamClient&) = delete;

    void start() {
        sequence_ = 0;
        attempt_ = Attempt::begin(*this);
    }

  private:
    // One call. gRPC's threads run its On...() and hand over; between two of these the loop has
    // the response to itself. Lives until gRPC is done with it.
    class Attempt final : public Reactor {
      public:
        static std::shared_ptr<Attempt> begin(StreamClient& owner) {
            auto attempt = std::make_shared<Attempt>(owner);
            attempt->self_ = attempt;
            owner.open_(&attempt->context_, &owner.request_, attempt.get());
            // The loop starts the reads, so gRPC must not be done before the loop is.
            attempt->AddHold();
            attempt->StartRead(&attempt->response_);
            attempt->StartCall();
            return attempt;
        }

        explicit Attempt(StreamClient& owner) : owner_(&owner), to_loop_(owner.mailbox_.sender()) {}

        const Response& response() const { return response_; }
        void read_on() { this->StartRead(&response_); }
        void abandon() {
            if (std::exchange(abandoned_, true)) return;
            context_.TryCancel();
            this->RemoveHold();
        }

        void OnReadDone(bool ok) override {
            to_loop_.post([owner = owner_, self = self_, ok] { owner->on_read(self, ok); });
        }
        void OnDone(const grpc::Status& status) override {
            const auto self = std::exchange(self_, nullptr);
            to_loop_.post([owner = owner_, self, status] { owner->on_done(self, status); });
        }

      private:
        StreamClient* owner_;  // valid in messages: they are dropped when it goes
        Mailbox::Sender to_loop_;
        grpc::ClientContext context_{};
        Response response_{};
        std::shared_ptr<Attempt> self_{};
        bool abandoned_ = false;
    };

    void on_read(const std::shared_ptr<Attempt>& attempt, bool ok) {
        if (!ok) return attempt->abandon();
        const Response& response = attempt->response();
        if (response.sequence() != sequence_ + 1) {
            base::log_warning(
                "stream has a gap, asking again",
                {{"peer", peer_}, {"expected", sequence_ + 1}, {"got", response.sequence()}});
            return attempt->abandon();
        }
        if (++sequence_ == 1) {
            if (std::exchange(is_lost_, false)) base::log_info("stream is back", {{"peer", peer_}});
            handlers_.on_begin();
        }
        if (!handlers_.on_response(response)) return attempt->abandon();
        backoff_.reset();
        attempt->read_on();
    }

    void on_done(const std::shared_ptr<Attempt>& attempt, const grpc::Status& status) {
        if (attempt != attempt_) return;
        attempt_.reset();
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
    Mailbox mailbox_;
    boost::asio::steady_timer retry_;
    Backoff backoff_;
    std::shared_ptr<Attempt> attempt_{};
    std::uint64_t sequence_ = 0;  // of the last response of this stream
    bool is_lost_ = false;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace rpc
