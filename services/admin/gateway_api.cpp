#include "admin/gateway_api.h"

#include "admin/list_call.h"

namespace admin {

grpc::ServerUnaryReactor* GatewayApi::GetGateway(grpc::CallbackServerContext* context,
                                                 const proto::GetGatewayRequest* request,
                                                 proto::GetGatewayResponse* response) {
    return parts_.gate.read(context, request, response, [this](const auto& asked) {
        return get_row<proto::GetGatewayResponse>(parts_.view.gateways, names::gateway,
                                                  asked.name(),
                                                  &proto::GetGatewayResponse::mutable_gateway);
    });
}

grpc::ServerUnaryReactor* GatewayApi::ListGateways(grpc::CallbackServerContext* context,
                                                   const proto::ListGatewaysRequest* request,
                                                   proto::ListGatewaysResponse* response) {
    return parts_.gate.read(context, request, response, [this](const auto& asked) {
        return list_rows(parts_.view.gateways, asked,
                         &proto::ListGatewaysResponse::mutable_gateways);
    });
}

// Connections are asked for when somebody wants them: gateways have hundreds of thousands.
grpc::ServerUnaryReactor* GatewayApi::GetConnection(grpc::CallbackServerContext* context,
                                                    const proto::GetConnectionRequest* request,
                                                    proto::GetConnectionResponse* response) {
    return parts_.gate.ask(context, request, response, Role::viewer, [this](const auto& call) {
        parts_.processes.want_connections([this, call] {
            call->answer(get_row<proto::GetConnectionResponse>(
                parts_.view.connections, names::connection, call->request().name(),
                &proto::GetConnectionResponse::mutable_connection));
        });
    });
}

grpc::ServerUnaryReactor* GatewayApi::ListConnections(grpc::CallbackServerContext* context,
                                                      const proto::ListConnectionsRequest* request,
                                                      proto::ListConnectionsResponse* response) {
    return parts_.gate.ask(context, request, response, Role::viewer, [this](const auto& call) {
        auto parent = parse_parent(names::gateway, call->request().parent());
        if (!parent) return call->refuse(to_status(parent.error()));
        parts_.processes.want_connections([this, call, parent = *parent] {
            call->answer(list_rows(parts_.view.connections, call->request(),
                                   &proto::ListConnectionsResponse::mutable_connections, {},
                                   parent));
        });
    });
}

WatchStream::Reactor* GatewayApi::WatchGateways(grpc::CallbackServerContext* context,
                                                const grpc::ByteBuffer* request) {
    return parts_.watches.watch<proto::WatchGatewaysRequest, proto::WatchGatewaysResponse>(
        context, request, parts_.view.gateways);
}

WatchStream::Reactor* GatewayApi::WatchConnections(grpc::CallbackServerContext* context,
                                                   const grpc::ByteBuffer* request) {
    return parts_.watches.watch<proto::WatchConnectionsRequest, proto::WatchConnectionsResponse>(
        context, request, parts_.view.connections, names::gateway,
        [this] { parts_.processes.want_connections([] {}); });
}

}  // namespace admin
