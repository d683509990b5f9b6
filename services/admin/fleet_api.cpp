#include "admin/fleet_api.h"

#include <adit/control/v1/control.grpc.pb.h>

#include "admin/list_call.h"

namespace admin {
namespace {

namespace control = adit::control::v1;

double to_seconds(std::uint64_t microseconds) {
    return static_cast<double>(microseconds) / 1e6;
}

/// The row as it was seen last, with the stages of this moment.
proto::DumpServiceResponse to_api(const control::DumpResponse& dump, const proto::Service* row) {
    proto::DumpServiceResponse response;
    auto& service = *response.mutable_service();
    if (row != nullptr) service = *row;
    service.set_stalls(dump.status().stalls());
    service.clear_stages();
    for (const auto& stage : dump.status().stages()) {
        auto& made = *service.add_stages();
        made.set_name(stage.name());
        made.set_depth(stage.depth());
        made.set_oldest_seconds(to_seconds(stage.oldest_us()));
        made.set_wait_max_seconds(to_seconds(stage.wait_max_us()));
        made.set_is_stalled(stage.is_stalled());
        made.set_oldest_entry(stage.oldest_entry());
    }
    for (const auto& event : dump.events()) {
        auto& made = *response.add_events();
        made.set_seconds_ago(to_seconds(event.ago_us()));
        made.set_what(event.what());
        made.set_id(event.id());
    }
    return response;
}

}  // namespace

grpc::ServerUnaryReactor* FleetApi::GetService(grpc::CallbackServerContext* context,
                                               const proto::GetServiceRequest* request,
                                               proto::GetServiceResponse* response) {
    return parts_.gate.read(context, request, response, [this](const auto& asked) {
        return get_row<proto::GetServiceResponse>(parts_.view.services, names::service,
                                                  asked.name(),
                                                  &proto::GetServiceResponse::mutable_service);
    });
}

grpc::ServerUnaryReactor* FleetApi::ListServices(grpc::CallbackServerContext* context,
                                                 const proto::ListServicesRequest* request,
                                                 proto::ListServicesResponse* response) {
    return parts_.gate.read(context, request, response, [this](const auto& asked) {
        return list_rows(parts_.view.services, asked,
                         &proto::ListServicesResponse::mutable_services);
    });
}

WatchStream::Reactor* FleetApi::WatchServices(grpc::CallbackServerContext* context,
                                              const grpc::ByteBuffer* request) {
    return parts_.watches.watch<proto::WatchServicesRequest, proto::WatchServicesResponse>(
        context, request, parts_.view.services);
}

grpc::ServerUnaryReactor* FleetApi::DumpService(grpc::CallbackServerContext* context,
                                                const proto::DumpServiceRequest* request,
                                                proto::DumpServiceResponse* response) {
    return parts_.gate.ask(context, request, response, Role::viewer, [this](const auto& call) {
        const auto& name = call->request().name();
        if (auto parsed = parse_name(names::service, name); !parsed)
            return call->refuse(to_status(parsed.error()));
        if (parts_.view.services.find(name) == nullptr)
            return call->refuse(to_status(not_found(name)));
        ask_process<control::ControlService, control::DumpRequest, control::DumpResponse>(
            parts_.processes, parts_.gate.to_loop(), name, {},
            [](auto& async, auto... args) { async.Dump(args...); },
            [this, call](const auto& dump) {
                if (!dump) return call->refuse(to_status(dump.error()));
                call->answer(to_api(*dump, parts_.view.services.find(call->request().name())));
            });
    });
}

}  // namespace admin
