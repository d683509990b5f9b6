#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <functional>
#include <map>
#include <memory>
#include <utility>

#include "admin/access.h"
#include "admin/api_error.h"
#include "rpc/mailbox.h"

namespace admin {

/// A call that the loop has and has not answered.
class OpenCall {
  public:
    virtual ~OpenCall() = default;
    OpenCall(const OpenCall&) = delete;
    OpenCall& operator=(const OpenCall&) = delete;
    /// Only the first answer or refusal counts.
    virtual void refuse(const grpc::Status& status) = 0;

  protected:
    OpenCall() = default;
};

/// All of them: they live here until they are answered, so that none is dropped by another thread
/// that had the answer, and none holds up the end of the process. The loop's.
class OpenCalls {
  public:
    void add(std::shared_ptr<OpenCall> call) {
        auto* const key = call.get();
        calls_.emplace(key, std::move(call));
    }
    void remove(const OpenCall* call) { calls_.erase(call); }
    void refuse_all(const ApiError& error) {
        const auto calls = std::exchange(calls_, {});
        for (const auto& [key, call] : calls) call->refuse(to_status(error));
    }

  private:
    std::map<const OpenCall*, std::shared_ptr<OpenCall>> calls_{};
};

/// One unary call, answered by the loop, once. Dropped unanswered it is refused with `stopping`.
/// It needs no deadline: everything that the loop asks of others has one.
template <class Request, class Response>
class ApiCall final : public OpenCall,
                      public std::enable_shared_from_this<ApiCall<Request, Response>> {
  public:
    ApiCall(grpc::ServerUnaryReactor* reactor, const Request& request, Response& response,
            Caller caller)
        : reactor_(reactor), request_(request), response_(&response), caller_(std::move(caller)) {}
    ~ApiCall() override {
        refuse(to_status({Reason::stopping, "the admin service stops; ask again"}));
    }

    const Request& request() const { return request_; }
    const Caller& caller() const { return caller_; }

    void answer(Response response) {
        if (reactor_ != nullptr) *response_ = std::move(response);
        finish(grpc::Status::OK);
    }
    void answer(ApiResult<Response> result) {
        if (result)
            answer(std::move(*result));
        else
            refuse(to_status(result.error()));
    }
    void refuse(const grpc::Status& status) override { finish(status); }

    /// When the loop takes it and will answer later.
    void stay_open(OpenCalls& calls) {
        registry_ = &calls;
        calls.add(this->shared_from_this());
    }

  private:
    void finish(const grpc::Status& status) {
        if (reactor_ == nullptr) return;
        std::exchange(reactor_, nullptr)->Finish(status);
        if (registry_ != nullptr) std::exchange(registry_, nullptr)->remove(this);
    }

    grpc::ServerUnaryReactor* reactor_;
    Request request_;
    Response* response_;  // gRPC's, until Finish
    Caller caller_;
    OpenCalls* registry_ = nullptr;
};

/// The way of every unary call: its caller is admitted on gRPC's thread, by what never changes; all
/// else is the loop's.
class ApiGate {
  public:
    ApiGate(const Access& access, rpc::Mailbox::Sender to_loop, OpenCalls& calls)
        : access_(access), to_loop_(std::move(to_loop)), calls_(calls) {}

    /// A call that is answered at once: `handler` is `ApiResult<Response>(const Request&)`.
    template <class Request, class Response, class Handler>
    grpc::ServerUnaryReactor* read(grpc::CallbackServerContext* context, const Request* request,
                                   Response* response, Handler handler) const {
        return accept(context, request, response, Role::viewer,
                      [handler = std::move(handler)](const auto& call) {
                          call->answer(ApiResult<Response>{handler(call->request())});
                      });
    }

    /// A call that is answered later: `handler` is `void(std::shared_ptr<ApiCall>)`.
    template <class Request, class Response, class Handler>
    grpc::ServerUnaryReactor* ask(grpc::CallbackServerContext* context, const Request* request,
                                  Response* response, Role needed, Handler handler) const {
        return accept(context, request, response, needed,
                      [&calls = calls_, handler = std::move(handler)](const auto& call) {
                          call->stay_open(calls);
                          handler(call);
                      });
    }

    const Access& access() const { return access_; }
    const rpc::Mailbox::Sender& to_loop() const { return to_loop_; }

  private:
    template <class Request, class Response, class Then>
    grpc::ServerUnaryReactor* accept(grpc::CallbackServerContext* context, const Request* request,
                                     Response* response, Role needed, Then then) const {
        auto* const reactor = context->DefaultReactor();
        auto caller = access_.admit(*context->auth_context(), context->peer(), needed);
        if (!caller) {
            reactor->Finish(to_status(caller.error()));
            return reactor;
        }
        auto call = std::make_shared<ApiCall<Request, Response>>(reactor, *request, *response,
                                                                 std::move(*caller));
        to_loop_.post([call = std::move(call), then = std::move(then)] { then(call); });
        return reactor;
    }

    const Access& access_;
    rpc::Mailbox::Sender to_loop_;
    OpenCalls& calls_;
};

}  // namespace admin
