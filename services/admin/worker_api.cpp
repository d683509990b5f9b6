#include "admin/worker_api.h"

#include "admin/api_fields.h"
#include "admin/list_call.h"

namespace admin {

grpc::ServerUnaryReactor* WorkerApi::GetWorker(grpc::CallbackServerContext* context,
                                               const proto::GetWorkerRequest* request,
                                               proto::GetWorkerResponse* response) {
    return parts_.gate.read(context, request, response, [this](const auto& asked) {
        return get_row<proto::GetWorkerResponse>(parts_.view.workers, names::worker, asked.name(),
                                                 &proto::GetWorkerResponse::mutable_worker);
    });
}

grpc::ServerUnaryReactor* WorkerApi::ListWorkers(grpc::CallbackServerContext* context,
                                                 const proto::ListWorkersRequest* request,
                                                 proto::ListWorkersResponse* response) {
    return parts_.gate.read(context, request, response,
                            [this](const auto& asked) -> ApiResult<proto::ListWorkersResponse> {
                                auto parent = parse_parent(names::identity, asked.parent());
                                if (!parent) return base::unexpected(parent.error());
                                return list_rows(parts_.view.workers, asked,
                                                 &proto::ListWorkersResponse::mutable_workers, {},
                                                 *parent);
                            });
}

grpc::ServerUnaryReactor* WorkerApi::GetIdentity(grpc::CallbackServerContext* context,
                                                 const proto::GetIdentityRequest* request,
                                                 proto::GetIdentityResponse* response) {
    return parts_.gate.read(context, request, response, [this](const auto& asked) {
        return get_row<proto::GetIdentityResponse>(parts_.view.identities, names::identity,
                                                   asked.name(),
                                                   &proto::GetIdentityResponse::mutable_identity);
    });
}

grpc::ServerUnaryReactor* WorkerApi::ListIdentities(grpc::CallbackServerContext* context,
                                                    const proto::ListIdentitiesRequest* request,
                                                    proto::ListIdentitiesResponse* response) {
    return parts_.gate.read(context, request, response, [this](const auto& asked) {
        return list_rows(parts_.view.identities, asked,
                         &proto::ListIdentitiesResponse::mutable_identities);
    });
}

WatchStream::Reactor* WorkerApi::WatchWorkers(grpc::CallbackServerContext* context,
                                              const grpc::ByteBuffer* request) {
    return parts_.watches.watch<proto::WatchWorkersRequest, proto::WatchWorkersResponse>(
        context, request, parts_.view.workers, names::identity);
}

grpc::ServerUnaryReactor* WorkerApi::GetWorkerHistory(grpc::CallbackServerContext* context,
                                                      const proto::GetWorkerHistoryRequest* request,
                                                      proto::GetWorkerHistoryResponse* response) {
    return parts_.gate.read(
        context, request, response,
        [this](const auto& asked) -> ApiResult<proto::GetWorkerHistoryResponse> {
            const auto window = window_of(asked);
            if (!window) return base::unexpected(window.error());
            const bool is_worker = asked.name().find("/workers/") != std::string::npos;
            const auto form = is_worker ? names::worker : names::identity;
            if (auto name = parse_name(form, asked.name()); !name)
                return base::unexpected(name.error());
            const bool is_there = is_worker ? parts_.view.workers.find(asked.name()) != nullptr
                                            : parts_.view.identities.find(asked.name()) != nullptr;
            if (!is_there) return base::unexpected(not_found(asked.name()));
            if (!parts_.histories.worker) return proto::GetWorkerHistoryResponse{};
            auto history = parts_.histories.worker(asked.name(), *window);
            if (!history) return base::unexpected(not_found(asked.name()));
            return std::move(*history);
        });
}

}  // namespace admin
