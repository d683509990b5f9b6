#pragma once

#include <adit/admin/v1/pool.grpc.pb.h>

#include "admin/api_parts.h"
#include "admin/service_methods.h"

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
    explicit PoolApi(const ApiParts& parts) : parts_(parts) {}

    grpc::ServerUnaryReactor* GetPool(grpc::CallbackServerContext* context,
                                      const proto::GetPoolRequest* request,
                                      proto::GetPoolResponse* response) override;
    WatchStream::Reactor* WatchPool(grpc::CallbackServerContext* context,
                                    const grpc::ByteBuffer* request) override;
    grpc::ServerUnaryReactor* GetPoolHistory(grpc::CallbackServerContext* context,
                                             const proto::GetPoolHistoryRequest* request,
                                             proto::GetPoolHistoryResponse* response) override;
    grpc::ServerUnaryReactor* ListProblems(grpc::CallbackServerContext* context,
                                           const proto::ListProblemsRequest* request,
                                           proto::ListProblemsResponse* response) override;
    WatchStream::Reactor* WatchProblems(grpc::CallbackServerContext* context,
                                        const grpc::ByteBuffer* request) override;
    grpc::ServerUnaryReactor* ListAuditEntries(grpc::CallbackServerContext* context,
                                               const proto::ListAuditEntriesRequest* request,
                                               proto::ListAuditEntriesResponse* response) override;

  private:
    const ApiParts& parts_;
};

}  // namespace admin
