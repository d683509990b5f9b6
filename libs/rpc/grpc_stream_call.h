#pragma once

#include <grpcpp/client_context.h>
#include <grpcpp/support/client_callback.h>

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <utility>

#include "rpc/mailbox.h"
#include "rpc/stream_call.h"

namespace rpc {

/// A server stream over gRPC.
template <class Request, class Response>
class GrpcStreamCall final : public StreamCall<Response> {
  public:
    using Reactor = grpc::ClientReadReactor<Response>;
    using Handlers = typename StreamCall<Response>::Handlers;
    /// `stub->async()->Watch(context, request, reactor)`.
    using Open = std::function<void(grpc::ClientContext*, const Request*, Reactor*)>;

    GrpcStreamCall(boost::asio::io_context& loop, const Request& request, const Open& open,
                   Handlers handlers)
        : handlers_(std::move(handlers)),
          mailbox_(loop),
          attempt_(Attempt::begin(*this, request, open)) {}
    ~GrpcStreamCall() override { attempt_->abandon(); }

    void read_on() override { attempt_->read_on(); }
    void cancel() override { attempt_->abandon(); }

  private:
    // gRPC's threads run its On...() and hand over; between two of these the loop has the response
    // to itself. Lives until gRPC is done with it.
    class Attempt final : public Reactor {
      public:
        static std::shared_ptr<Attempt> begin(GrpcStreamCall& owner, const Request& request,
                                              const Open& open) {
            auto attempt = std::make_shared<Attempt>(owner, request);
            attempt->self_ = attempt;
            open(&attempt->context_, &attempt->request_, attempt.get());
            // The loop starts the reads, so gRPC must not be done before the loop is.
            attempt->AddHold();
            attempt->StartRead(&attempt->response_);
            attempt->StartCall();
            return attempt;
        }

        Attempt(GrpcStreamCall& owner, const Request& request)
            : owner_(&owner), to_loop_(owner.mailbox_.sender()), request_(request) {}

        const Response& response() const { return response_; }
        void read_on() { this->StartRead(&response_); }
        void abandon() {
            if (std::exchange(abandoned_, true)) return;
            context_.TryCancel();
            this->RemoveHold();
        }

        void OnReadDone(bool ok) override {
            to_loop_.post([owner = owner_, ok] { owner->on_read(ok); });
        }
        void OnDone(const grpc::Status& status) override {
            const auto self = std::exchange(self_, nullptr);
            to_loop_.post([owner = owner_, self, status] { owner->on_done(status); });
        }

      private:
        GrpcStreamCall* owner_;  // valid in messages: they are dropped when it goes
        Mailbox::Sender to_loop_;
        Request request_;
        grpc::ClientContext context_{};
        Response response_{};
        std::shared_ptr<Attempt> self_{};
        bool abandoned_ = false;
    };

    void on_read(bool ok) {
        if (!ok) return attempt_->abandon();
        handlers_.on_response(attempt_->response());
    }
    void on_done(const grpc::Status& status) {
        const auto handlers = handlers_;  // they may destroy us
        handlers.on_done(status);
    }

    Handlers handlers_;
    Mailbox mailbox_;
    std::shared_ptr<Attempt> attempt_;
};

}  // namespace rpc
