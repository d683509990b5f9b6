#pragma once

#include <array>
#include <cstddef>

#include "mining/share.h"
#include "service/metrics.h"
#include "service/queue_gauges.h"

namespace channel_manager {

/// What a worker counts.
struct Metrics {
    explicit Metrics(service::Registry& registry);

    service::Counter& accepted_shares;
    service::Counter& rejected_shares(mining::ShareError error) {
        return *rejected_shares_[static_cast<std::size_t>(error)];
    }
    service::Sum& credited_difficulty;
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
    service::Counter& scans;
    service::Counter& scanned_shares;
    service::Counter& scans_dropped;
    service::Counter& blocks_by_scan;
    service::Gauge& held_scans;
    service::QueueGauges batch_queue;
    service::QueueGauges scan_queue;
    service::Family<service::Gauge>& held;
    service::Gauge& oldest_seconds;
    service::Gauge& gateways;
    service::Gauge& gateways_configured;
    service::Gauge& template_replicas;
    service::Gauge& template_replicas_configured;
    service::Counter& fetched_templates;
    service::Gauge& log_bytes;
    service::Gauge& log_alarms;
    service::Gauge& payout_fits;

  private:
    // Every series is there from the start, so that counting a share allocates nothing.
    Metrics(service::Registry& registry, service::Family<service::Counter>& shares);
    std::array<service::Counter*, mining::share_errors.size()> rejected_shares_{};
};

}  // namespace channel_manager
