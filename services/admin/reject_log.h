#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "mining/share.h"

namespace admin {

/// How many shares were rejected for each reason, in the order of mining::share_errors.
using Rejects = std::array<double, mining::share_errors.size()>;

/// The rejected shares of somebody's last day: to the minute for an hour, to ten minutes before.
/// Whoever sends good shares pays nothing for it; nobody more than 25 KiB.
class RejectLog {
  public:
    void add(base::UnixMicros at, mining::ShareError reason, std::uint32_t count = 1);
    Rejects sum(base::UnixMicros from, base::UnixMicros to) const;

    struct Entry {
        std::uint32_t minute = 0;  // since 1970
        std::uint32_t count = 0;
        std::uint8_t reason = 0;
        friend bool operator==(const Entry&, const Entry&) = default;
    };
    const std::vector<Entry>& entries() const { return entries_; }

  private:
    void compact(std::uint32_t now_minute);

    /// The oldest first, or nearly: gateways differ by what a batch takes.
    std::vector<Entry> entries_{};
    std::uint32_t compacted_at_ = 0;
};

}  // namespace admin
