#pragma once

#include <adit/admin/v1/worker.grpc.pb.h>

#include "admin/api_call.h"
#include "admin/service_methods.h"
#include "admin/view.h"
#include "admin/watch_call.h"

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
    WorkerApi(const ApiGate& gate, const WatchGate& watches, const View& view)
        : gate_(gate), watches_(watches), view_(view) {}

    grpc::ServerUnaryReactor* GetWorker(grpc::CallbackServerContext* context,
                                        const proto::GetWorkerRequest* request,
                                        proto::GetWorkerResponse* response) override;
    grpc::ServerUnaryReactor* ListWorkers(grpc::CallbackServerContext* context,
                                          const proto::ListWorkersRequest* request,
                                          proto::ListWorkersResponse* response) override;
    WatchStream::Reactor* WatchWorkers(grpc::CallbackServerContext* context,
                                       const grpc::ByteBuffer* request) override;
    grpc::ServerUnaryReactor* GetIdentity(grpc::CallbackServerContext* context,
                                          const proto::GetIdentityRequest* request,
                                          proto::GetIdentityResponse* response) override;
    grpc::ServerUnaryReactor* ListIdentities(grpc::CallbackServerContext* context,
                                             const proto::ListIdentitiesRequest* request,
                                             proto::ListIdentitiesResponse* response) override;

  private:
    const ApiGate& gate_;
    const WatchGate& watches_;
    const View& view_;
};

}  // namespace admin
