#pragma once

#include <chrono>
#include <optional>

#include "base/clock.h"

/// The time of a simulation. Linked into a program, it is the time of that whole program:
/// std::chrono's clocks show it, and Boost.Asio's timers wait for it instead of for the kernel's.
/// Between two steps it stands still. One simulation at a time; one thread.
namespace simulation::virtual_time {

/// Both clocks at the beginning of every run.
inline constexpr base::SteadyTime steady_start{std::chrono::hours{1}};
inline constexpr base::UnixMicros unix_start{std::chrono::seconds{1'800'000'000}};

base::SteadyTime now();
/// Back to the start; no timer is set.
void restart();
/// Winds the clocks; never backwards. Timers that have come due are ready at the next poll of
/// their loop.
void wind_to(base::SteadyTime to);

/// When the first timer of any loop wants to be woken; nothing while none waits.
std::optional<base::SteadyTime> next_timer();

}  // namespace simulation::virtual_time
