#pragma once

#include <adit/admin/v1/policy.grpc.pb.h>

#include <functional>
#include <string>
#include <vector>

#include "admin/api_parts.h"
#include "admin/service_methods.h"

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
    explicit PolicyApi(const ApiParts& parts) : parts_(parts) {}

    grpc::ServerUnaryReactor* GetVardiffPolicy(grpc::CallbackServerContext* context,
                                               const proto::GetVardiffPolicyRequest* request,
                                               proto::GetVardiffPolicyResponse* response) override;
    grpc::ServerUnaryReactor* SetVardiffPolicy(grpc::CallbackServerContext* context,
                                               const proto::SetVardiffPolicyRequest* request,
                                               proto::SetVardiffPolicyResponse* response) override;
    grpc::ServerUnaryReactor* GetBan(grpc::CallbackServerContext* context,
                                     const proto::GetBanRequest* request,
                                     proto::GetBanResponse* response) override;
    grpc::ServerUnaryReactor* ListBans(grpc::CallbackServerContext* context,
                                       const proto::ListBansRequest* request,
                                       proto::ListBansResponse* response) override;
    grpc::ServerUnaryReactor* CreateBan(grpc::CallbackServerContext* context,
                                        const proto::CreateBanRequest* request,
                                        proto::CreateBanResponse* response) override;
    grpc::ServerUnaryReactor* DeleteBan(grpc::CallbackServerContext* context,
                                        const proto::DeleteBanRequest* request,
                                        proto::DeleteBanResponse* response) override;

  private:
    /// Asks one replica after the other until one can be reached: they all have the same policies.
    template <class Request, class Response, class Start>
    void ask_vardiff(std::vector<std::string> replicas, const Request& request, Start start,
                     std::function<void(ApiResult<Response>)> then);

    const ApiParts& parts_;
};

}  // namespace admin
