#include "admin/pool_api.h"

#include "admin/api_fields.h"
#include "admin/list_call.h"
#include "admin/pool_feed.h"

namespace admin {

grpc::ServerUnaryReactor* PoolApi::GetPool(grpc::CallbackServerContext* context,
                                           const proto::GetPoolRequest* request,
                                           proto::GetPoolResponse* response) {
    return parts_.gate.read(context, request, response,
                            [this](const auto&) -> ApiResult<proto::GetPoolResponse> {
                                proto::GetPoolResponse answer;
                                *answer.mutable_pool() = parts_.view.pool;
                                return answer;
                            });
}

grpc::ServerUnaryReactor* PoolApi::ListProblems(grpc::CallbackServerContext* context,
                                                const proto::ListProblemsRequest* request,
                                                proto::ListProblemsResponse* response) {
    return parts_.gate.read(context, request, response, [this](const auto& asked) {
        return list_rows(parts_.view.problems, asked,
                         &proto::ListProblemsResponse::mutable_problems,
                         "severity desc, start_time");
    });
}

WatchStream::Reactor* PoolApi::WatchProblems(grpc::CallbackServerContext* context,
                                             const grpc::ByteBuffer* request) {
    return parts_.watches.watch<proto::WatchProblemsRequest, proto::WatchProblemsResponse>(
        context, request, parts_.view.problems);
}

WatchStream::Reactor* PoolApi::WatchPool(grpc::CallbackServerContext* context,
                                         const grpc::ByteBuffer* request) {
    return parts_.watches.watch<proto::WatchPoolRequest>(
        context, request, {"Pool", "", ""}, [this](std::uint64_t id, std::uint64_t filter_hash) {
            return std::make_unique<PoolFeed>(parts_.view, id, filter_hash);
        });
}

grpc::ServerUnaryReactor* PoolApi::GetPoolHistory(grpc::CallbackServerContext* context,
                                                  const proto::GetPoolHistoryRequest* request,
                                                  proto::GetPoolHistoryResponse* response) {
    return parts_.gate.read(context, request, response,
                            [this](const auto& asked) -> ApiResult<proto::GetPoolHistoryResponse> {
                                const auto window = window_of(asked);
                                if (!window) return base::unexpected(window.error());
                                if (!parts_.histories.pool) return proto::GetPoolHistoryResponse{};
                                return parts_.histories.pool(*window);
                            });
}

grpc::ServerUnaryReactor* PoolApi::ListAuditEntries(grpc::CallbackServerContext* context,
                                                    const proto::ListAuditEntriesRequest* request,
                                                    proto::ListAuditEntriesResponse* response) {
    return parts_.gate.ask(context, request, response, Role::viewer, [this](const auto& call) {
        parts_.audit.refresh([call](const auto& rows) {
            if (!rows) return call->refuse(to_status(rows.error()));
            call->answer(list_rows(**rows, call->request(),
                                   &proto::ListAuditEntriesResponse::mutable_audit_entries,
                                   "create_time desc"));
        });
    });
}

}  // namespace admin
