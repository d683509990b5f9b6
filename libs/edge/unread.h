#pragma once

#include <chrono>

namespace edge {

/// What the kernel has for a peer that the peer's machine has not acknowledged.
enum class Unread {
    none,
    on_its_way,
    /// It acknowledges nothing, for more than a second, or has had no room for two.
    standing,
};

/// Asks the kernel. Costs 1.6 us.
Unread unread_by(int descriptor);

/// What was given to the kernel less long ago than this is not standing.
inline constexpr std::chrono::milliseconds standing_after{1'400};

}  // namespace edge
