#pragma once

#include <adit/admin/v1/gateway.pb.h>

#include <string>

namespace aditctl {

enum class DrainStep { going_on, done, undone };

/// How far a drain has come, as the gateway's row says.
DrainStep drain_step(const adit::admin::v1::Gateway& gateway);
/// "gateway-1: draining, 12 of 40 connections left". `at_first`: when the drain began.
std::string drain_text(const adit::admin::v1::Gateway& gateway, std::uint32_t at_first);

}  // namespace aditctl
