#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "admin/reject_log.h"
#include "admin/ring.h"
#include "base/clock.h"

namespace admin {

/// Sums of difficulty in the windows before now.
struct WorkWindows {
    double minute = 0;
    double five_minutes = 0;
    double hour = 0;
    double day = 0;
};

/// Shares of one window.
struct WindowCounts {
    double accepted = 0;
    double work = 0;
    Rejects rejected{};
};

/// The last day of a worker or an account, by the times at which gateways read its shares.
class MinerWindows {
  public:
    static constexpr std::chrono::seconds day_step{600};

    void accept(base::UnixMicros at, double work);
    void reject(base::UnixMicros at, mining::ShareError reason);

    WorkWindows work(base::UnixMicros now) const;
    WindowCounts last_hour(base::UnixMicros now) const;
    WindowCounts last_day(base::UnixMicros now) const;

    /// One step of its history.
    struct Step {
        std::uint32_t number = 0;  // in steps since 1970
        float work = 0;
        std::uint32_t accepted = 0;
        friend bool operator==(const Step&, const Step&) = default;
    };
    /// The steps in which anything was accepted, the oldest first.
    const std::vector<Step>& steps() const { return steps_; }
    const RejectLog& rejects() const { return rejects_; }

  private:
    Step& step_at(base::UnixMicros at);

    Ring<62, 5> fast_{};
    Ring<62, 60> slow_{};
    Ring<62, 60> accepted_{};
    std::vector<Step> steps_{};
    RejectLog rejects_{};
};

}  // namespace admin
