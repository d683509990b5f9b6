#include "admin/pool_api.h"

#include "admin/list_call.h"
#include "admin/pool_feed.h"

namespace admin {

grpc::ServerUnaryReactor* PoolApi::GetPool(grpc::CallbackServerContext* context,
                                           const proto::GetPoolRequest* request,
                                           proto::GetPoolResponse* response) {
    return gate_.read(context, request, response,
                      [this](const auto&) -> ApiResult<proto::GetPoolResponse> {
                          proto::GetPoolResponse answer;
                          *answer.mutable_pool() = view_.pool;
                          return answer;
                      });
}

grpc::ServerUnaryReactor* PoolApi::ListProblems(grpc::CallbackServerContext* context,
                                                const proto::ListProblemsRequest* request,
                                                proto::ListProblemsResponse* response) {
    return gate_.read(context, request, response, [this](const auto& asked) {
        return list_rows(view_.problems, asked, &proto::ListProblemsResponse::mutable_problems,
                         "severity desc, start_time");
    });
}

WatchStream::Reactor* PoolApi::WatchProblems(grpc::CallbackServerContext* context,
                                             const grpc::ByteBuffer* request) {
    return watches_.watch<proto::WatchProblemsRequest, proto::WatchProblemsResponse>(
        context, request, view_.problems);
}

WatchStream::Reactor* PoolApi::WatchPool(grpc::CallbackServerContext* context,
                                         const grpc::ByteBuffer* request) {
    return watches_.watch<proto::WatchPoolRequest>(
        context, request, {"Pool", "", ""}, [this](std::uint64_t id, std::uint64_t filter_hash) {
            return std::make_unique<PoolFeed>(view_, id, filter_hash);
        });
}

}  // namespace admin
