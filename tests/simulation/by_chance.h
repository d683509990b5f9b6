#pragma once

#include <chrono>
#include <cmath>
#include <cstdint>
#include <functional>
#include <utility>

#include "simulation/chance.h"
#include "simulation/life.h"

namespace simulation {

/// Acts at the next of moments that come `a_second` often, each whatever the others are. Where it
/// is far off, `ask_again` is called instead, half a second from now, since how often may have
/// changed by then. Chance has no memory: nothing is lost by asking it again.
inline void by_chance(const Life& life, Chance& chance, double a_second,
                      std::function<void()> ask_again, std::function<void()> act) {
    using namespace std::chrono_literals;
    constexpr std::chrono::microseconds far_off = 500ms;
    const std::chrono::microseconds wait{
        static_cast<std::int64_t>(-std::log(1 - chance.fraction()) * (1e6 / a_second))};
    if (wait > far_off)
        life.after(far_off, std::move(ask_again));
    else
        life.after(wait, std::move(act));
}

}  // namespace simulation
