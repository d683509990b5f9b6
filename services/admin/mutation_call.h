#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "admin/api_call.h"
#include "admin/mutations.h"

namespace admin {

/// Carries a call of an operator's out through the mutations. `action` is called with the request
/// and what to call with its result: `void(const Request&,
/// std::function<void(ApiResult<Response>)>)`.
template <class Request, class Response, class Action>
void mutate(Mutations& mutations, const std::shared_ptr<ApiCall<Request, Response>>& call,
            const std::string& method, Action action) {
    mutations.run(
        call->caller(), method, call->request(), call->request().request_id(),
        [request = call->request(), action = std::move(action)](Mutations::Done done) {
            action(request, [done = std::move(done)](const ApiResult<Response>& result) {
                if (!result) return done(base::unexpected(result.error()));
                done(result->SerializeAsString());
            });
        },
        [call](const MutationResult& result) {
            if (!result) return call->refuse(to_status(result.error()));
            Response response;
            (void)response.ParseFromString(*result);
            call->answer(std::move(response));
        });
}

}  // namespace admin
