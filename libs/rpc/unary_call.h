#pragma once

#include <grpcpp/support/server_callback.h>

#include <functional>
#include <memory>
#include <utility>

#include "rpc/mailbox.h"

namespace rpc {

/// One unary call that the loop answers, once. A call that is dropped unanswered, because the loop
/// ends, is refused with UNAVAILABLE.
template <class Response>
class UnaryCall {
  public:
    using OnCall = std::function<void(const std::shared_ptr<UnaryCall>&)>;

    /// Called by a method of the service, on gRPC's thread: `on_call` runs on the loop. A call
    /// without a deadline is refused: it could wait for ever.
    static grpc::ServerUnaryReactor* accept(grpc::CallbackServerContext* context,
                                            Response* response, const Mailbox::Sender& to_loop,
                                            OnCall on_call) {
        auto* const reactor = context->DefaultReactor();
        auto call = std::make_shared<UnaryCall>(reactor, response);
        if (const auto deadline = context->deadline(); deadline == decltype(deadline)::max())
            call->refuse({grpc::StatusCode::INVALID_ARGUMENT, "the call has no deadline"});
        else
            to_loop.post([call, on_call = std::move(on_call)] { on_call(call); });
        return reactor;
    }

    UnaryCall(grpc::ServerUnaryReactor* reactor, Response* response)
        : reactor_(reactor), response_(response) {}
    ~UnaryCall() { refuse({grpc::StatusCode::UNAVAILABLE, "the service stops"}); }
    UnaryCall(const UnaryCall&) = delete;
    UnaryCall& operator=(const UnaryCall&) = delete;

    void answer(Response response) {
        if (reactor_ == nullptr) return;
        *response_ = std::move(response);
        std::exchange(reactor_, nullptr)->Finish(grpc::Status::OK);
    }

    void refuse(const grpc::Status& status) {
        if (reactor_ != nullptr) std::exchange(reactor_, nullptr)->Finish(status);
    }

  private:
    grpc::ServerUnaryReactor* reactor_;
    Response* response_;  // gRPC's, until Finish
};

}  // namespace rpc
