#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"
#include "translator/front_limits.h"

namespace translator {

/// How far a miner has come, and since when it is there.
struct MinerProgress {
    enum class Phase { handshake, first_line, subscribe, mining };
    Phase phase{};
    base::SteadyTime phase_since{};
    /// A line has begun and is not complete.
    std::optional<base::SteadyTime> line_since{};
    /// The miner takes nothing of what is to be sent.
    std::optional<base::SteadyTime> unwritten_since{};
};

/// The reason to close a connection that is late, as the metric names it; nothing if it is not.
std::optional<std::string_view> overdue(const MinerProgress& progress,
                                        const MinerDeadlines& deadlines, base::SteadyTime now);

}  // namespace translator
