#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

#include "base/clock.h"
#include "base/random.h"

namespace simulation {

/// Runs the event once, so much later, never at once.
using Schedule = std::function<void(std::chrono::microseconds, std::function<void()>)>;

/// What the simulated Redis has of its world.
struct RedisEnvironment {
    std::function<base::SteadyTime()> now{};
    /// Microseconds since 1970 by the clock of the machines that Redis runs on. It may jump.
    std::function<std::int64_t()> calendar_us{};
    Schedule after{};
    base::Random& random;

    std::uint64_t below(std::uint64_t bound) const { return random.next_u64() % bound; }
};

/// A span of time that chance draws from, both ends included.
struct Spread {
    std::chrono::microseconds least{};
    std::chrono::microseconds most{};

    std::chrono::microseconds draw(const RedisEnvironment& world) const {
        const auto width = static_cast<std::uint64_t>((most - least).count()) + 1;
        return least + std::chrono::microseconds{world.below(width)};
    }
};

}  // namespace simulation
