#pragma once

#include <adit/admin/v1/gateway.grpc.pb.h>

#include "admin/api_call.h"
#include "admin/service_methods.h"
#include "admin/view.h"
#include "admin/watch_call.h"

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
    GatewayApi(const ApiGate& gate, const WatchGate& watches, const View& view)
        : gate_(gate), watches_(watches), view_(view) {}

    grpc::ServerUnaryReactor* GetGateway(grpc::CallbackServerContext* context,
                                         const proto::GetGatewayRequest* request,
                                         proto::GetGatewayResponse* response) override;
    grpc::ServerUnaryReactor* ListGateways(grpc::CallbackServerContext* context,
                                           const proto::ListGatewaysRequest* request,
                                           proto::ListGatewaysResponse* response) override;
    WatchStream::Reactor* WatchGateways(grpc::CallbackServerContext* context,
                                        const grpc::ByteBuffer* request) override;
    grpc::ServerUnaryReactor* GetConnection(grpc::CallbackServerContext* context,
                                            const proto::GetConnectionRequest* request,
                                            proto::GetConnectionResponse* response) override;
    grpc::ServerUnaryReactor* ListConnections(grpc::CallbackServerContext* context,
                                              const proto::ListConnectionsRequest* request,
                                              proto::ListConnectionsResponse* response) override;
    WatchStream::Reactor* WatchConnections(grpc::CallbackServerContext* context,
                                           const grpc::ByteBuffer* request) override;

  private:
    const ApiGate& gate_;
    const WatchGate& watches_;
    const View& view_;
};

}  // namespace admin
