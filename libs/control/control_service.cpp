#include "control/control_service.h"

#include <fmt/format.h>

#include "base/log.h"
#include "control/printable.h"
#include "control/wedge.h"
#include "rpc/unary_call.h"

namespace control {

namespace proto = adit::control::v1;

namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;

std::uint64_t micros(std::chrono::nanoseconds duration) {
    return static_cast<std::uint64_t>(duration_cast<microseconds>(duration).count());
}

proto::GetStatusResponse status_of(const service::Chassis& chassis) {
    proto::GetStatusResponse out;
    const auto& identity = chassis.identity();
    out.set_service(identity.service);
    out.set_instance(identity.instance);
    out.set_version(identity.version);
    out.set_started_at_us(identity.started_at.time_since_epoch().count());
    const auto status = chassis.watchdog().status();
    out.set_last_turn_us(micros(status.since_turn));
    out.set_is_wedged(status.is_wedged);
    out.set_stalls(status.stalls);
    for (const auto& stage : status.stages) {
        auto& to = *out.add_stages();
        to.set_name(stage.name);
        to.set_depth(stage.depth);
        to.set_oldest_us(micros(stage.oldest));
        to.set_wait_max_us(micros(stage.wait_max));
        to.set_is_stalled(stage.is_stalled);
        to.set_oldest_entry(stage.oldest_entry);
    }
    return out;
}

proto::Problem::Severity to_proto(service::Problems::Severity severity) {
    using Severity = service::Problems::Severity;
    switch (severity) {
        case Severity::info: return proto::Problem::SEVERITY_INFO;
        case Severity::warning: return proto::Problem::SEVERITY_WARNING;
        case Severity::critical: return proto::Problem::SEVERITY_CRITICAL;
    }
    return proto::Problem::SEVERITY_UNSPECIFIED;
}

proto::GetDetailsResponse details_of(service::Chassis& chassis,
                                     const std::vector<std::string>& metrics) {
    proto::GetDetailsResponse out;
    out.set_is_ready(chassis.health().is_ready());
    out.set_not_ready_reason(to_utf8(chassis.health().reason()));
    for (const auto& problem : chassis.problems().all()) {
        auto& to = *out.add_problems();
        to.set_id(to_utf8(problem.id));
        to.set_severity(to_proto(problem.severity));
        to.set_text(to_utf8(problem.text));
        to.set_since_us(problem.since.time_since_epoch().count());
    }
    for (const auto& sample : chassis.metrics().samples(metrics)) {
        auto& to = *out.add_samples();
        to.set_name(sample.name);
        to.set_value(sample.value);
        for (const auto& [name, value] : sample.labels)
            (*to.mutable_labels())[name] = to_utf8(value);
    }
    return out;
}

}  // namespace

grpc::ServerUnaryReactor* ControlService::GetStatus(grpc::CallbackServerContext* context,
                                                    const proto::GetStatusRequest*,
                                                    proto::GetStatusResponse* response) {
    *response = status_of(chassis_);
    auto* const reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
}

grpc::ServerUnaryReactor* ControlService::Dump(grpc::CallbackServerContext* context,
                                               const proto::DumpRequest*,
                                               proto::DumpResponse* response) {
    *response->mutable_status() = status_of(chassis_);
    for (const auto& event : std::as_const(chassis_).watchdog().events()) {
        auto& to = *response->add_events();
        to.set_ago_us(micros(event.ago));
        to.set_what(std::string{event.what});
        to.set_id(event.id);
    }
    auto* const reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
}

grpc::ServerUnaryReactor* ControlService::GetDetails(grpc::CallbackServerContext* context,
                                                     const proto::GetDetailsRequest* request,
                                                     proto::GetDetailsResponse* response) {
    std::vector<std::string> metrics{request->metrics().begin(), request->metrics().end()};
    return rpc::UnaryCall<proto::GetDetailsResponse>::accept(
        context, response, mailbox_.sender(),
        [this, metrics = std::move(metrics)](const auto& call) {
            call->answer(details_of(chassis_, metrics));
        });
}

grpc::ServerUnaryReactor* ControlService::Wedge(grpc::CallbackServerContext* context,
                                                const proto::WedgeRequest* request,
                                                proto::WedgeResponse* response) {
    return rpc::UnaryCall<proto::WedgeResponse>::accept(
        context, response, mailbox_.sender(),
        [this, asked = request->milliseconds()](const auto& call) {
            if (!chassis_.allows_test_commands())
                return call->refuse({grpc::StatusCode::FAILED_PRECONDITION,
                                     "not here: set [watchdog] test_commands = true in the "
                                     "configuration, on a pool that may be disturbed"});
            const auto max = static_cast<std::uint64_t>(wedge_max.count());
            if (asked == 0 || asked > max)
                return call->refuse({grpc::StatusCode::INVALID_ARGUMENT,
                                     fmt::format("milliseconds: {} is not 1 to {}", asked, max)});
            base::log_warning("holding the loop, as asked", {{"ms", asked}});
            chassis_.watchdog().event("wedged as asked", asked);
            // Answered first: whoever watches may end the process meanwhile.
            call->answer({});
            hold_loop(std::chrono::milliseconds{asked});
        });
}

}  // namespace control
