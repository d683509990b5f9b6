#pragma once

#include <chrono>

namespace control {

/// Nobody needs longer to see that a process is restarted.
inline constexpr std::chrono::milliseconds wedge_max{60'000};

/// Does nothing for so long, and lets nobody else. The one place in the pool that may: a test asks
/// for it, to see who notices.
void hold_loop(std::chrono::milliseconds duration);

}  // namespace control
