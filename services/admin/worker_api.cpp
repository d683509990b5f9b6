#include "admin/worker_api.h"

#include "admin/list_call.h"

namespace admin {

grpc::ServerUnaryReactor* WorkerApi::GetWorker(grpc::CallbackServerContext* context,
                                               const proto::GetWorkerRequest* request,
                                               proto::GetWorkerResponse* response) {
    return gate_.read(context, request, response, [this](const auto& asked) {
        return get_row<proto::GetWorkerResponse>(view_.workers, names::worker, asked.name(),
                                                 &proto::GetWorkerResponse::mutable_worker);
    });
}

grpc::ServerUnaryReactor* WorkerApi::ListWorkers(grpc::CallbackServerContext* context,
                                                 const proto::ListWorkersRequest* request,
                                                 proto::ListWorkersResponse* response) {
    return gate_.read(context, request, response,
                      [this](const auto& asked) -> ApiResult<proto::ListWorkersResponse> {
                          auto parent = parse_parent(names::identity, asked.parent());
                          if (!parent) return base::unexpected(parent.error());
                          return list_rows(view_.workers, asked,
                                           &proto::ListWorkersResponse::mutable_workers, {},
                                           *parent);
                      });
}

grpc::ServerUnaryReactor* WorkerApi::GetIdentity(grpc::CallbackServerContext* context,
                                                 const proto::GetIdentityRequest* request,
                                                 proto::GetIdentityResponse* response) {
    return gate_.read(context, request, response, [this](const auto& asked) {
        return get_row<proto::GetIdentityResponse>(view_.identities, names::identity, asked.name(),
                                                   &proto::GetIdentityResponse::mutable_identity);
    });
}

grpc::ServerUnaryReactor* WorkerApi::ListIdentities(grpc::CallbackServerContext* context,
                                                    const proto::ListIdentitiesRequest* request,
                                                    proto::ListIdentitiesResponse* response) {
    return gate_.read(context, request, response, [this](const auto& asked) {
        return list_rows(view_.identities, asked,
                         &proto::ListIdentitiesResponse::mutable_identities);
    });
}

WatchStream::Reactor* WorkerApi::WatchWorkers(grpc::CallbackServerContext* context,
                                              const grpc::ByteBuffer* request) {
    return watches_.watch<proto::WatchWorkersRequest, proto::WatchWorkersResponse>(
        context, request, view_.workers, names::identity);
}

}  // namespace admin
