#include <adit/control/v1/gateway.grpc.pb.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "admin/api_fields.h"
#include "admin/gateway_api.h"
#include "admin/mutation_call.h"
#include "admin/resource_name.h"
#include "base/integer.h"

namespace admin {
namespace {

namespace control = adit::control::v1;
using Gateways = control::GatewayControlService;

// A certificate file has some hundred bytes.
constexpr int certificate_size_max = 64 * 1024;

}  // namespace

template <class Request, class Response>
grpc::ServerUnaryReactor* GatewayApi::act(grpc::CallbackServerContext* context,
                                          const Request* request, Response* response,
                                          const char* method, std::string_view form,
                                          Action<Request, Response> action) {
    return parts_.gate.ask(context, request, response, Role::operating,
                           [this, method, form, action](const auto& call) {
                               const auto variables = parse_name(form, call->request().name());
                               if (!variables) return call->refuse(to_status(variables.error()));
                               // A connection's gateway is the first of them, too.
                               const auto gateway = "gateways/" + variables->front();
                               if (parts_.view.gateways.find(gateway) == nullptr)
                                   return call->refuse(to_status(not_found(gateway)));
                               mutate(parts_.mutations, call, method,
                                      [this, action](const auto& asked, auto done) {
                                          (this->*action)(asked, std::move(done));
                                      });
                           });
}

grpc::ServerUnaryReactor* GatewayApi::DrainGateway(grpc::CallbackServerContext* context,
                                                   const proto::DrainGatewayRequest* request,
                                                   proto::DrainGatewayResponse* response) {
    return act(context, request, response, "DrainGateway", names::gateway, &GatewayApi::drain);
}

grpc::ServerUnaryReactor* GatewayApi::UndrainGateway(grpc::CallbackServerContext* context,
                                                     const proto::UndrainGatewayRequest* request,
                                                     proto::UndrainGatewayResponse* response) {
    return act(context, request, response, "UndrainGateway", names::gateway, &GatewayApi::undrain);
}

grpc::ServerUnaryReactor* GatewayApi::RebalanceGateway(
    grpc::CallbackServerContext* context, const proto::RebalanceGatewayRequest* request,
    proto::RebalanceGatewayResponse* response) {
    return act(context, request, response, "RebalanceGateway", names::gateway,
               &GatewayApi::rebalance);
}

grpc::ServerUnaryReactor* GatewayApi::RotateCertificate(
    grpc::CallbackServerContext* context, const proto::RotateCertificateRequest* request,
    proto::RotateCertificateResponse* response) {
    return act(context, request, response, "RotateCertificate", names::gateway,
               &GatewayApi::rotate);
}

grpc::ServerUnaryReactor* GatewayApi::DisconnectConnection(
    grpc::CallbackServerContext* context, const proto::DisconnectConnectionRequest* request,
    proto::DisconnectConnectionResponse* response) {
    return act(context, request, response, "DisconnectConnection", names::connection,
               &GatewayApi::disconnect);
}

void GatewayApi::drain(const proto::DrainGatewayRequest& request,
                       Then<proto::DrainGatewayResponse> done) {
    control::DrainRequest asked;
    if (request.has_spread()) {
        const auto spread = to_milliseconds(request.spread(), "spread");
        if (!spread) return done(base::unexpected(spread.error()));
        // 0 would mean: as configured.
        asked.set_spread_ms(static_cast<std::uint64_t>(std::max<std::int64_t>(spread->count(), 1)));
    }
    ask_process<Gateways, control::DrainRequest, control::DrainResponse>(
        parts_.processes, parts_.gate.to_loop(), request.name(), asked,
        [](auto& async, auto... call) { async.Drain(call...); },
        [this, name = request.name(), done = std::move(done)](const auto& drained) {
            if (!drained) return done(base::unexpected(drained.error()));
            proto::DrainGatewayResponse response;
            response.set_connections(drained->connections());
            *response.mutable_gateway() = row_of(name);
            response.mutable_gateway()->set_state(drained->connections() == 0
                                                      ? proto::Gateway::STATE_DRAINED
                                                      : proto::Gateway::STATE_DRAINING);
            done(std::move(response));
        });
}

void GatewayApi::undrain(const proto::UndrainGatewayRequest& request,
                         Then<proto::UndrainGatewayResponse> done) {
    ask_process<Gateways, control::UndrainRequest, control::UndrainResponse>(
        parts_.processes, parts_.gate.to_loop(), request.name(), {},
        [](auto& async, auto... call) { async.Undrain(call...); },
        [this, name = request.name(), done = std::move(done)](const auto& undrained) {
            if (!undrained) return done(base::unexpected(undrained.error()));
            proto::UndrainGatewayResponse response;
            *response.mutable_gateway() = row_of(name);
            response.mutable_gateway()->set_state(proto::Gateway::STATE_SERVING);
            done(std::move(response));
        });
}

void GatewayApi::rebalance(const proto::RebalanceGatewayRequest& request,
                           Then<proto::RebalanceGatewayResponse> done) {
    if (!(request.percent() > 0 && request.percent() <= 100))
        return done(base::unexpected(invalid_field(
            "percent",
            fmt::format("is {}, expected more than 0 and at most 100", request.percent()))));
    control::RebalanceRequest asked;
    asked.set_basis_points(
        std::max(1U, static_cast<std::uint32_t>(std::lround(request.percent() * 100))));
    if (request.has_spread()) {
        const auto spread = to_milliseconds(request.spread(), "spread");
        if (!spread) return done(base::unexpected(spread.error()));
        asked.set_spread_ms(static_cast<std::uint64_t>(spread->count()));
    }
    ask_process<Gateways, control::RebalanceRequest, control::RebalanceResponse>(
        parts_.processes, parts_.gate.to_loop(), request.name(), asked,
        [](auto& async, auto... call) { async.Rebalance(call...); },
        [done = std::move(done)](const auto& asked_to_leave) {
            if (!asked_to_leave) return done(base::unexpected(asked_to_leave.error()));
            proto::RebalanceGatewayResponse response;
            response.set_connections(asked_to_leave->connections());
            done(std::move(response));
        });
}

void GatewayApi::rotate(const proto::RotateCertificateRequest& request,
                        Then<proto::RotateCertificateResponse> done) {
    if (request.certificate().size() > certificate_size_max)
        return done(base::unexpected(invalid_field("certificate", "is larger than a file of one")));
    control::RotateCertificateRequest asked;
    asked.set_certificate(request.certificate());
    ask_process<Gateways, control::RotateCertificateRequest, control::RotateCertificateResponse>(
        parts_.processes, parts_.gate.to_loop(), request.name(), asked,
        [](auto& async, auto... call) { async.RotateCertificate(call...); },
        [this, name = request.name(), done = std::move(done)](const auto& rotated) {
            if (!rotated) return done(base::unexpected(rotated.error()));
            proto::RotateCertificateResponse response;
            *response.mutable_gateway() = row_of(name);
            response.mutable_gateway()->mutable_certificate_expire_time()->set_seconds(
                rotated->certificate().not_valid_after());
            response.set_is_kept(rotated->is_kept());
            done(std::move(response));
        });
}

void GatewayApi::disconnect(const proto::DisconnectConnectionRequest& request,
                            Then<proto::DisconnectConnectionResponse> done) {
    const auto variables = parse_name(names::connection, request.name());
    const auto id = variables ? base::parse_integer<std::uint64_t>(variables->back())
                              : std::optional<std::uint64_t>{};
    if (!id)
        return done(base::unexpected(
            ApiError{Reason::invalid_name,
                     "the last part of a connection's name is its number",
                     {{"field", "name"}, {"form", std::string{names::connection}}}}));
    control::DisconnectRequest asked;
    asked.set_connection_id(*id);
    asked.set_reason(request.reason());
    ask_process<Gateways, control::DisconnectRequest, control::DisconnectResponse>(
        parts_.processes, parts_.gate.to_loop(), "gateways/" + variables->front(), asked,
        [](auto& async, auto... call) { async.Disconnect(call...); },
        [done = std::move(done), name = request.name()](const auto& gone) {
            if (gone) return done(proto::DisconnectConnectionResponse{});
            done(base::unexpected(gone.error().reason == Reason::not_found ? not_found(name)
                                                                           : gone.error()));
        });
}

proto::Gateway GatewayApi::row_of(const std::string& name) const {
    const auto* const row = parts_.view.gateways.find(name);
    if (row != nullptr) return *row;
    proto::Gateway gateway;
    gateway.set_name(name);
    return gateway;
}

}  // namespace admin
