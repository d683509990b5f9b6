#pragma once

#include <array>
#include <cstddef>

#include "service/metrics.h"
#include "translator/channels.h"
#include "translator/miner_status.h"

namespace translator {

/// What the miners' sessions count. References into the process's registry; every series is there
/// from the start, so that counting a share allocates nothing.
struct MinerMetrics {
    explicit MinerMetrics(service::Registry& registry);

    service::Counter& shares_accepted;
    service::Counter& shares_rejected(ShareReason reason) {
        return *rejected_[static_cast<std::size_t>(reason)];
    }
    service::Counter& shares_short;
    service::Counter& shares_unconfirmed;
    /// Verdicts of the pool's on shares that had been answered with true.
    service::Counter& shares_disagreed(Verdict verdict) {
        return *disagreed_[static_cast<std::size_t>(verdict)];
    }
    service::Sum& accepted_difficulty;
    service::Histogram& share_answer_seconds;
    service::Counter& answers_by_pool;
    service::Counter& answers_in_time;
    service::Counter& answers_at_once;

    service::Counter& notifies_clean;
    service::Counter& notifies_refresh;
    service::Counter& notifies_keep_alive;
    service::Counter& jobs_skipped;
    service::Histogram& new_block_notify_seconds;
    service::Gauge& new_block_first_notify_seconds;
    service::Gauge& new_block_last_notify_seconds;

    service::Counter& authorized;
    service::Counter& authorize_refused;
    service::Counter& resumed;
    service::Gauge& parked;
    service::Counter& extranonce_changes;
    service::Family<service::Counter>& bad_lines;  // by error

  private:
    MinerMetrics(service::Registry& registry, service::Family<service::Counter>& shares,
                 service::Family<service::Counter>& answers,
                 service::Family<service::Counter>& notifies,
                 service::Family<service::Counter>& authorizations);
    std::array<service::Counter*, share_reasons.size()> rejected_{};
    std::array<service::Counter*, 6> disagreed_{};
};

}  // namespace translator
