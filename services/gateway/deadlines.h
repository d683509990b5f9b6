#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "sv2/limits.h"

namespace gateway {

/// How long a miner may take for each step; the reasons stand with the defaults.
struct Deadlines {
    std::chrono::milliseconds handshake_deadline{sv2::limits::handshake_deadline};
    std::chrono::milliseconds setup_deadline{sv2::limits::setup_deadline};
    std::chrono::milliseconds first_channel_deadline{sv2::limits::first_channel_deadline};
    std::chrono::milliseconds frame_deadline{sv2::limits::frame_deadline};
    std::chrono::milliseconds write_stall_deadline{sv2::limits::write_stall_deadline};
};

/// How far a connection has come, and since when it is there.
struct Progress {
    enum class Phase { handshake, setup, first_channel, mining };
    Phase phase{};
    base::SteadyTime phase_since{};
    /// A frame has begun and is not complete.
    std::optional<base::SteadyTime> frame_since{};
    /// The peer takes nothing of what is to be sent.
    std::optional<base::SteadyTime> unwritten_since{};
};

/// The reason to close a connection that is late, as the metric names it; nothing if it is not.
std::optional<std::string_view> overdue(const Progress& progress, const Deadlines& deadlines,
                                        base::SteadyTime now);

}  // namespace gateway
