#pragma once

#include <adit/admin/v1/pool.grpc.pb.h>

#include "admin/api_call.h"
#include "admin/service_methods.h"
#include "admin/view.h"
#include "admin/watch_call.h"

namespace admin {

using PoolMethods =
    ServiceMethods<proto::PoolService::Service, proto::PoolService::WithCallbackMethod_GetPool,
                   proto::PoolService::WithRawCallbackMethod_WatchPool,
                   proto::PoolService::WithCallbackMethod_GetPoolHistory,
                   proto::PoolService::WithCallbackMethod_ListProblems,
                   proto::PoolService::WithRawCallbackMethod_WatchProblems,
                   proto::PoolService::WithCallbackMethod_ListAuditEntries>::type;

/// PoolService. Its methods run on gRPC's threads, which hand each call to the loop.
class PoolApi final : public PoolMethods {
  public:
    PoolApi(const ApiGate& gate, const WatchGate& watches, const View& view)
        : gate_(gate), watches_(watches), view_(view) {}

    grpc::ServerUnaryReactor* GetPool(grpc::CallbackServerContext* context,
                                      const proto::GetPoolRequest* request,
                                      proto::GetPoolResponse* response) override;
    WatchStream::Reactor* WatchPool(grpc::CallbackServerContext* context,
                                    const grpc::ByteBuffer* request) override;
    grpc::ServerUnaryReactor* ListProblems(grpc::CallbackServerContext* context,
                                           const proto::ListProblemsRequest* request,
                                           proto::ListProblemsResponse* response) override;
    WatchStream::Reactor* WatchProblems(grpc::CallbackServerContext* context,
                                        const grpc::ByteBuffer* request) override;

  private:
    const ApiGate& gate_;
    const WatchGate& watches_;
    const View& view_;
};

}  // namespace admin
