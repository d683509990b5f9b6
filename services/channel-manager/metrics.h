#pragma once

#include "service/metrics.h"

namespace channel_manager {

/// What a worker counts.
struct Metrics {
    explicit Metrics(service::Registry& registry);

    service::Family<service::Counter>& shares;
    service::Counter& batches;
    service::Counter& replays;
    service::Counter& refused;
    service::Counter& dropped;
    service::Counter& unjudged;
    service::Counter& ledger_gaps;
    service::Counter& wait_shortfalls;
    service::Counter& commit_failures;
    service::Histogram& commit_seconds;
    service::Family<service::Counter>& solutions;
    service::Family<service::Gauge>& held;
    service::Gauge& oldest_seconds;
    service::Gauge& gateways;
    service::Gauge& template_replicas;
};

}  // namespace channel_manager
