#pragma once

#include <cstddef>

#include "base/clock.h"

namespace loadgen {

/// Shares that miners find before anybody submits one, where targets ask for hashes: what is
/// submitted then comes as fast as the pool takes it, and not as fast as we hash.
struct Stocking {
    std::size_t each = 0;      ///< so many of each channel; 0: nothing is found ahead
    std::size_t lacking = 0;   ///< miners that have not yet so many
    base::SteadyTime until{};  ///< then it begins with what there is

    bool holds(base::SteadyTime now) const { return each > 0 && lacking > 0 && now < until; }
};

}  // namespace loadgen
