#pragma once

#include <adit/admin/v1/gateway.pb.h>
#include <adit/control/v1/gateway.pb.h>

#include <string>
#include <string_view>

#include "admin/process_state.h"

namespace admin {

/// "gateways/gateway-1" of "services/gateway-1".
std::string gateway_name(std::string_view service_name);

/// A gateway as it has described itself; its state is that of its process.
adit::admin::v1::Gateway gateway_row(std::string_view service_name, const ProcessState& state,
                                     const adit::control::v1::GetGatewayResponse& said);

adit::admin::v1::Connection connection_row(std::string_view gateway_name,
                                           const adit::control::v1::Connection& said);

}  // namespace admin
