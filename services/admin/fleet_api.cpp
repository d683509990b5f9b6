#include "admin/fleet_api.h"

#include "admin/list_call.h"

namespace admin {

grpc::ServerUnaryReactor* FleetApi::GetService(grpc::CallbackServerContext* context,
                                               const proto::GetServiceRequest* request,
                                               proto::GetServiceResponse* response) {
    return gate_.read(context, request, response, [this](const auto& asked) {
        return get_row<proto::GetServiceResponse>(view_.services, names::service, asked.name(),
                                                  &proto::GetServiceResponse::mutable_service);
    });
}

grpc::ServerUnaryReactor* FleetApi::ListServices(grpc::CallbackServerContext* context,
                                                 const proto::ListServicesRequest* request,
                                                 proto::ListServicesResponse* response) {
    return gate_.read(context, request, response, [this](const auto& asked) {
        return list_rows(view_.services, asked, &proto::ListServicesResponse::mutable_services);
    });
}

WatchStream::Reactor* FleetApi::WatchServices(grpc::CallbackServerContext* context,
                                              const grpc::ByteBuffer* request) {
    return watches_.watch<proto::WatchServicesRequest, proto::WatchServicesResponse>(
        context, request, view_.services);
}

}  // namespace admin
