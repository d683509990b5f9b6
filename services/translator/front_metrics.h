#pragma once

#include "base/clock.h"
#include "service/metrics.h"

namespace translator {

class MinerFront;

/// What the front counts of its connections. References into the process's registry.
struct FrontMetrics {
    explicit FrontMetrics(service::Registry& registry);

    service::Gauge& connections;
    service::Gauge& connections_max;
    service::Family<service::Counter>& connections_closed;  // by reason
    service::Family<service::Counter>& tls_handshakes;      // by result
    service::Counter& paced;
};

/// What waits in the front, looked up when Prometheus asks. `front` outlives the registry's use.
void publish_front(service::Registry& registry, const MinerFront& front, const base::Clock& clock);

}  // namespace translator
