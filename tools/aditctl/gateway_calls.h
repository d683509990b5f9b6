#pragma once

#include <adit/admin/v1/gateway.grpc.pb.h>

#include "aditctl/collection.h"
#include "aditctl/names.h"

namespace aditctl {

template <>
struct Calls<v1::Gateway> {
    using Stub = v1::GatewayService::Stub;
    static constexpr auto list = &Stub::ListGateways;
    static constexpr auto get = &Stub::GetGateway;
    static constexpr auto watch = &Stub::WatchGateways;
    static constexpr const char* argument = "GATEWAY";
    static auto& rows(v1::ListGatewaysResponse& response) { return *response.mutable_gateways(); }
    static const auto& row(const v1::GetGatewayResponse& response) { return response.gateway(); }
    static std::string name(const std::string& text) { return resource_name("gateways/", text); }
};

}  // namespace aditctl
