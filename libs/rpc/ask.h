#pragma once

#include <grpc/support/time.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>

#include <chrono>
#include <functional>
#include <memory>
#include <utility>

#include "rpc/mailbox.h"

namespace rpc {

/// One unary call from the loop. `start` begins it, `stub->async()->Method(context, request,
/// response, done)`; `on_answer` runs on the loop, once, unless the mailbox is gone by then.
/// Whoever does not answer within `deadline` has not answered.
template <class Request, class Response, class Start, class OnAnswer>
void ask(const Mailbox::Sender& to_loop, std::chrono::milliseconds deadline, Request request,
         Start&& start, OnAnswer on_answer) {
    struct Call {
        grpc::ClientContext context{};
        Request request{};
        Response response{};
    };
    auto call = std::make_shared<Call>();
    call->request = std::move(request);
    call->context.set_deadline(gpr_time_from_millis(deadline.count(), GPR_TIMESPAN));
    std::function<void(grpc::Status)> done =
        [call, to_loop, on_answer = std::move(on_answer)](const grpc::Status& status) {
            to_loop.post([call, status, on_answer] { on_answer(status, call->response); });
        };
    start(&call->context, &call->request, &call->response, std::move(done));
}

}  // namespace rpc
