#pragma once

#include <adit/admin/v1/gateway.grpc.pb.h>

#include <functional>
#include <string>
#include <string_view>

#include "admin/api_parts.h"
#include "admin/service_methods.h"

namespace admin {

using GatewayMethods =
    ServiceMethods<proto::GatewayService::Service,
                   proto::GatewayService::WithCallbackMethod_GetGateway,
                   proto::GatewayService::WithCallbackMethod_ListGateways,
                   proto::GatewayService::WithRawCallbackMethod_WatchGateways,
                   proto::GatewayService::WithCallbackMethod_DrainGateway,
                   proto::GatewayService::WithCallbackMethod_UndrainGateway,
                   proto::GatewayService::WithCallbackMethod_RebalanceGateway,
                   proto::GatewayService::WithCallbackMethod_RotateCertificate,
                   proto::GatewayService::WithCallbackMethod_GetConnection,
                   proto::GatewayService::WithCallbackMethod_ListConnections,
                   proto::GatewayService::WithRawCallbackMethod_WatchConnections,
                   proto::GatewayService::WithCallbackMethod_DisconnectConnection>::type;

/// GatewayService. Its methods run on gRPC's threads, which hand each call to the loop.
class GatewayApi final : public GatewayMethods {
  public:
    explicit GatewayApi(const ApiParts& parts) : parts_(parts) {}

    grpc::ServerUnaryReactor* GetGateway(grpc::CallbackServerContext* context,
                                         const proto::GetGatewayRequest* request,
                                         proto::GetGatewayResponse* response) override;
    grpc::ServerUnaryReactor* ListGateways(grpc::CallbackServerContext* context,
                                           const proto::ListGatewaysRequest* request,
                                           proto::ListGatewaysResponse* response) override;
    WatchStream::Reactor* WatchGateways(grpc::CallbackServerContext* context,
                                        const grpc::ByteBuffer* request) override;
    grpc::ServerUnaryReactor* DrainGateway(grpc::CallbackServerContext* context,
                                           const proto::DrainGatewayRequest* request,
                                           proto::DrainGatewayResponse* response) override;
    grpc::ServerUnaryReactor* UndrainGateway(grpc::CallbackServerContext* context,
                                             const proto::UndrainGatewayRequest* request,
                                             proto::UndrainGatewayResponse* response) override;
    grpc::ServerUnaryReactor* RebalanceGateway(grpc::CallbackServerContext* context,
                                               const proto::RebalanceGatewayRequest* request,
                                               proto::RebalanceGatewayResponse* response) override;
    grpc::ServerUnaryReactor* RotateCertificate(
        grpc::CallbackServerContext* context, const proto::RotateCertificateRequest* request,
        proto::RotateCertificateResponse* response) override;
    grpc::ServerUnaryReactor* GetConnection(grpc::CallbackServerContext* context,
                                            const proto::GetConnectionRequest* request,
                                            proto::GetConnectionResponse* response) override;
    grpc::ServerUnaryReactor* ListConnections(grpc::CallbackServerContext* context,
                                              const proto::ListConnectionsRequest* request,
                                              proto::ListConnectionsResponse* response) override;
    WatchStream::Reactor* WatchConnections(grpc::CallbackServerContext* context,
                                           const grpc::ByteBuffer* request) override;
    grpc::ServerUnaryReactor* DisconnectConnection(
        grpc::CallbackServerContext* context, const proto::DisconnectConnectionRequest* request,
        proto::DisconnectConnectionResponse* response) override;

  private:
    template <class Response>
    using Then = std::function<void(ApiResult<Response>)>;
    template <class Request, class Response>
    using Action = void (GatewayApi::*)(const Request& request, Then<Response> done);

    /// A mutation of what `request.name` names, in the form given.
    template <class Request, class Response>
    grpc::ServerUnaryReactor* act(grpc::CallbackServerContext* context, const Request* request,
                                  Response* response, const char* method, std::string_view form,
                                  Action<Request, Response> action);
    void drain(const proto::DrainGatewayRequest& request, Then<proto::DrainGatewayResponse> done);
    void undrain(const proto::UndrainGatewayRequest& request,
                 Then<proto::UndrainGatewayResponse> done);
    void rebalance(const proto::RebalanceGatewayRequest& request,
                   Then<proto::RebalanceGatewayResponse> done);
    void rotate(const proto::RotateCertificateRequest& request,
                Then<proto::RotateCertificateResponse> done);
    void disconnect(const proto::DisconnectConnectionRequest& request,
                    Then<proto::DisconnectConnectionResponse> done);
    /// As the view has it, or the name alone.
    proto::Gateway row_of(const std::string& name) const;

    const ApiParts& parts_;
};

}  // namespace admin
