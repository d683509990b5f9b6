#include "edge/drain_config.h"

namespace edge {

using namespace std::chrono_literals;

DrainSettings read_drain_settings(service::TableReader root, service::ChassisConfig& chassis) {
    auto table = root.table("drain");
    DrainSettings drain;
    drain.notice = table.duration_or("notice", drain.notice, 0ms, 10min);
    drain.spread = table.duration_or("spread", drain.spread, 0ms, 1h);
    // Below, no time for answers is left.
    drain.grace = table.duration_or("grace", drain.grace, 8s, 1h);
    drain.sends_reconnect = table.bool_or("reconnect", drain.sends_reconnect);
    chassis.stop_max = drain.notice + drain.spread + drain.grace;
    return drain;
}

}  // namespace edge
