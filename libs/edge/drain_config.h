#pragma once

#include "edge/drain.h"
#include "service/chassis.h"
#include "service/config.h"

namespace edge {

/// Reads `[drain]`, documented in deploy/config, and bounds the stop of the process by it: it ends
/// at the latest `notice` + `spread` + `grace` after it was asked to.
DrainSettings read_drain_settings(service::TableReader root, service::ChassisConfig& chassis);

}  // namespace edge
