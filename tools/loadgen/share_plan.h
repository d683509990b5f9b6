#pragma once

#include <chrono>
#include <cmath>
#include <cstdint>
#include <map>

#include "base/random.h"
#include "loadgen/statistics.h"

namespace loadgen {

/// Which part of the shares is of which bad intent; the rest is honest.
using BadShares = std::map<Intent, double>;

/// From 0 to 1, without 1.
inline double chance(base::Random& random) {
    return static_cast<double>(random.next_u64() >> 11) * 0x1p-53;
}

inline Intent pick_intent(const BadShares& bad, base::Random& random) {
    if (bad.empty()) return Intent::honest;
    auto place = chance(random);
    for (const auto& [intent, part] : bad) {
        if (place < part) return intent;
        place -= part;
    }
    return Intent::honest;
}

/// How long until the next one of so many a second that know nothing of each other.
inline std::chrono::nanoseconds until_next(double rate, base::Random& random) {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::chrono::duration<double>(-std::log1p(-chance(random)) / rate));
}

}  // namespace loadgen
