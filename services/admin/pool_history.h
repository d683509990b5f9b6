#pragma once

#include <adit/admin/v1/page.pb.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <vector>

#include "admin/miner_windows.h"
#include "base/clock.h"
#include "mining/share.h"

namespace admin {

/// Steps of a history, the oldest first.
struct History {
    std::chrono::seconds step{};
    std::vector<adit::admin::v1::HistoryPoint> points{};
};

/// What the whole pool did: an hour to the second, a day to the minute. Without clock.
class PoolHistory {
  public:
    /// One step. All are sums.
    struct Step {
        double work = 0;
        /// Shares that the targets should have given.
        double expected = 0;
        /// Blocks that the work should have found.
        double blocks = 0;
        std::uint64_t accepted = 0;
        std::array<std::uint32_t, mining::share_errors.size()> rejected{};
        Step& operator+=(const Step& more);
        friend bool operator==(const Step&, const Step&) = default;
    };

    PoolHistory();

    void accept(base::UnixMicros at, double work, double blocks);
    void reject(base::UnixMicros at, mining::ShareError reason);
    /// The channels that there are should find so many shares a second; told once a second or so.
    void expect(base::UnixMicros now, double shares_per_second);

    Step sum(base::UnixMicros now, std::chrono::seconds window) const;
    WorkWindows work(base::UnixMicros now) const;
    /// Up to an hour at 1 s, up to six at 1 min, up to a day at 5 min; the step that `now` is in,
    /// and what the log lacks yet, are not among it.
    History history(base::UnixMicros now, std::chrono::seconds window) const;

  private:
    /// The last so many steps of one length, by number since 1970.
    struct Steps {
        std::chrono::seconds length{};
        std::int64_t newest = 0;
        std::vector<Step> steps{};
        Step* at(base::UnixMicros moment);
        const Step* find(std::int64_t number) const;
        Step sum(std::int64_t first, std::int64_t last) const;
    };
    template <class Change>
    void change(base::UnixMicros at, const Change& change);

    Steps seconds_;
    Steps minutes_;
    base::UnixMicros expected_until_{};
};

}  // namespace admin
