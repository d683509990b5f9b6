#pragma once

#include "service/metrics.h"

namespace gateway {

/// What a gateway counts. References into the process's registry.
struct Metrics {
    explicit Metrics(service::Registry& registry);

    service::Gauge& connections;
    service::Gauge& channels;
    service::Family<service::Counter>& handshakes;          // by result
    service::Family<service::Counter>& connections_closed;  // by reason
    service::Family<service::Counter>& opens;               // by result: "opened" or a code
    service::Family<service::Counter>& shares;              // by result and reason
    service::Gauge& accepted_difficulty;
    service::Counter& blocks_found;
    service::Histogram& share_ack_seconds;
    service::Gauge& new_block_last_job_seconds;
    service::Counter& jobs_skipped;
    service::Counter& templates;
};

}  // namespace gateway
