#pragma once

#include <array>
#include <cstddef>

#include "retarget/track.h"
#include "service/metrics.h"

namespace translator {

/// What became of a miner's share at the aggregated channel.
enum class ShareFate {
    forwarded,  ///< met the channel's target; the pool answers
    kept,       ///< met the miner's target only; answered as accepted
    low,        ///< met neither
    stale,      ///< for a job that is void
};

/// What an aggregated channel counts. References into the process's registry.
struct AggregateMetrics {
    explicit AggregateMetrics(service::Registry& registry);

    service::Counter& shares(ShareFate fate) { return *shares_[static_cast<std::size_t>(fate)]; }
    service::Counter& retargets(retarget::Reason reason) {
        return *retargets_[static_cast<std::size_t>(reason)];
    }
    service::Gauge& miners;
    service::Gauge& hash_rate;
    service::Gauge& indices_resting;
    service::Counter& reissues;
    service::Counter& updates;
    service::Counter& verdicts_given_up;
    service::Counter& miners_refused;
    service::Counter& channel_refused;

  private:
    // Every series is there from the start, so that counting a share allocates nothing.
    std::array<service::Counter*, 4> shares_{};
    std::array<service::Counter*, 5> retargets_{};
};

}  // namespace translator
