#pragma once

#include <adit/admin/v1/policy.grpc.pb.h>

#include "admin/api_call.h"
#include "admin/service_methods.h"
#include "admin/view.h"

namespace admin {

using PolicyMethods = ServiceMethods<proto::PolicyService::Service,
                                     proto::PolicyService::WithCallbackMethod_GetVardiffPolicy,
                                     proto::PolicyService::WithCallbackMethod_SetVardiffPolicy,
                                     proto::PolicyService::WithCallbackMethod_GetBan,
                                     proto::PolicyService::WithCallbackMethod_ListBans,
                                     proto::PolicyService::WithCallbackMethod_CreateBan,
                                     proto::PolicyService::WithCallbackMethod_DeleteBan>::type;

/// PolicyService. Its methods run on gRPC's threads, which hand each call to the loop.
class PolicyApi final : public PolicyMethods {
  public:
    PolicyApi(const ApiGate& gate, const View& view) : gate_(gate), view_(view) {}

    grpc::ServerUnaryReactor* GetBan(grpc::CallbackServerContext* context,
                                     const proto::GetBanRequest* request,
                                     proto::GetBanResponse* response) override;
    grpc::ServerUnaryReactor* ListBans(grpc::CallbackServerContext* context,
                                       const proto::ListBansRequest* request,
                                       proto::ListBansResponse* response) override;

  private:
    const ApiGate& gate_;
    const View& view_;
};

}  // namespace admin
