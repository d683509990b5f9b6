#pragma once

#include <chrono>
#include <optional>

#include "base/clock.h"

namespace bus {

/// When a batch may go that has nothing but paced events in it. It costs the ledger a write to disk
/// of its own, for which the shares of all partitions wait; beside shares they go for free. So
/// while anybody mines there is one such batch at a time, whatever the partition, and a rest behind
/// it in which the disk is the shares'. A partition that had none for as long as a rest may be does
/// not wait for that: a miner who opens a channel waits for no peer that opens them without end.
/// While nobody mines there is nobody to spare.
class LonePace {
  public:
    struct Settings {
        /// So many times what the batch took; a twentieth of the time is what others may notice.
        int rest{20};
        std::chrono::milliseconds rest_max{200};
        /// The same where all of it is of connections that ask in bulk.
        int bulk_rest{60};
        std::chrono::milliseconds bulk_rest_max{500};
        /// Nobody mines who sent no share for so long.
        std::chrono::milliseconds quiet_after{1000};
    };
    explicit LonePace(Settings settings) : settings_(settings) {}

    void share_came(base::SteadyTime now) { last_share_ = now; }
    void left(base::SteadyTime now) { left_at_ = now; }
    void came_home(base::SteadyTime now);

    /// When one may go, at the earliest, of a partition whose last one left then.
    base::SteadyTime due(base::SteadyTime now, std::optional<base::SteadyTime> last,
                         bool is_bulk) const;

    /// Nobody is served any more.
    void hurry() { is_hurried_ = true; }

  private:
    bool is_quiet(base::SteadyTime now) const;

    Settings settings_;
    std::optional<base::SteadyTime> last_share_{};
    std::optional<base::SteadyTime> left_at_{};
    base::SteadyTime due_{};
    base::SteadyTime bulk_due_{};
    bool is_hurried_{};
};

}  // namespace bus
