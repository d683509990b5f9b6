#pragma once

#include <adit/admin/v1/worker.grpc.pb.h>

#include "admin/api_parts.h"
#include "admin/service_methods.h"

namespace admin {

using WorkerMethods = ServiceMethods<proto::WorkerService::Service,
                                     proto::WorkerService::WithCallbackMethod_GetWorker,
                                     proto::WorkerService::WithCallbackMethod_ListWorkers,
                                     proto::WorkerService::WithRawCallbackMethod_WatchWorkers,
                                     proto::WorkerService::WithCallbackMethod_GetWorkerHistory,
                                     proto::WorkerService::WithCallbackMethod_GetIdentity,
                                     proto::WorkerService::WithCallbackMethod_ListIdentities>::type;

/// WorkerService. Its methods run on gRPC's threads, which hand each call to the loop.
class WorkerApi final : public WorkerMethods {
  public:
    explicit WorkerApi(const ApiParts& parts) : parts_(parts) {}

    grpc::ServerUnaryReactor* GetWorker(grpc::CallbackServerContext* context,
                                        const proto::GetWorkerRequest* request,
                                        proto::GetWorkerResponse* response) override;
    grpc::ServerUnaryReactor* ListWorkers(grpc::CallbackServerContext* context,
                                          const proto::ListWorkersRequest* request,
                                          proto::ListWorkersResponse* response) override;
    WatchStream::Reactor* WatchWorkers(grpc::CallbackServerContext* context,
                                       const grpc::ByteBuffer* request) override;
    grpc::ServerUnaryReactor* GetWorkerHistory(grpc::CallbackServerContext* context,
                                               const proto::GetWorkerHistoryRequest* request,
                                               proto::GetWorkerHistoryResponse* response) override;
    grpc::ServerUnaryReactor* GetIdentity(grpc::CallbackServerContext* context,
                                          const proto::GetIdentityRequest* request,
                                          proto::GetIdentityResponse* response) override;
    grpc::ServerUnaryReactor* ListIdentities(grpc::CallbackServerContext* context,
                                             const proto::ListIdentitiesRequest* request,
                                             proto::ListIdentitiesResponse* response) override;

  private:
    const ApiParts& parts_;
};

}  // namespace admin
