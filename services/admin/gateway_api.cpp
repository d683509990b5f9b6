#include "admin/gateway_api.h"

#include "admin/list_call.h"

namespace admin {

grpc::ServerUnaryReactor* GatewayApi::GetGateway(grpc::CallbackServerContext* context,
                                                 const proto::GetGatewayRequest* request,
                                                 proto::GetGatewayResponse* response) {
    return gate_.read(context, request, response, [this](const auto& asked) {
        return get_row<proto::GetGatewayResponse>(view_.gateways, names::gateway, asked.name(),
                                                  &proto::GetGatewayResponse::mutable_gateway);
    });
}

grpc::ServerUnaryReactor* GatewayApi::ListGateways(grpc::CallbackServerContext* context,
                                                   const proto::ListGatewaysRequest* request,
                                                   proto::ListGatewaysResponse* response) {
    return gate_.read(context, request, response, [this](const auto& asked) {
        return list_rows(view_.gateways, asked, &proto::ListGatewaysResponse::mutable_gateways);
    });
}

grpc::ServerUnaryReactor* GatewayApi::GetConnection(grpc::CallbackServerContext* context,
                                                    const proto::GetConnectionRequest* request,
                                                    proto::GetConnectionResponse* response) {
    return gate_.read(context, request, response, [this](const auto& asked) {
        return get_row<proto::GetConnectionResponse>(
            view_.connections, names::connection, asked.name(),
            &proto::GetConnectionResponse::mutable_connection);
    });
}

grpc::ServerUnaryReactor* GatewayApi::ListConnections(grpc::CallbackServerContext* context,
                                                      const proto::ListConnectionsRequest* request,
                                                      proto::ListConnectionsResponse* response) {
    return gate_.read(context, request, response,
                      [this](const auto& asked) -> ApiResult<proto::ListConnectionsResponse> {
                          auto parent = parse_parent(names::gateway, asked.parent());
                          if (!parent) return base::unexpected(parent.error());
                          return list_rows(view_.connections, asked,
                                           &proto::ListConnectionsResponse::mutable_connections, {},
                                           *parent);
                      });
}

WatchStream::Reactor* GatewayApi::WatchGateways(grpc::CallbackServerContext* context,
                                                const grpc::ByteBuffer* request) {
    return watches_.watch<proto::WatchGatewaysRequest, proto::WatchGatewaysResponse>(
        context, request, view_.gateways);
}

WatchStream::Reactor* GatewayApi::WatchConnections(grpc::CallbackServerContext* context,
                                                   const grpc::ByteBuffer* request) {
    return watches_.watch<proto::WatchConnectionsRequest, proto::WatchConnectionsResponse>(
        context, request, view_.connections, names::gateway);
}

}  // namespace admin
