#include "retarget/range.h"

#include <algorithm>
#include <cmath>

namespace retarget {

TargetRange::TargetRange(const bitcoin::Target& pool_hardest, const bitcoin::Target& pool_easiest,
                         const bitcoin::Target& max_target)
    : hardest_(std::min(pool_hardest, max_target)),
      easiest_(std::min(std::max(pool_easiest, pool_hardest), max_target)) {}

AllowedTarget TargetRange::nearest(const bitcoin::Target& wanted) const {
    return AllowedTarget{std::clamp(wanted, hardest_, easiest_)};
}

AllowedTarget TargetRange::for_hash_rate(double hash_rate_hps, double shares_per_minute,
                                         bool powers_of_two) const {
    double hashes = hash_rate_hps * (60 / shares_per_minute);
    // The target for w is 2^256 / (w + 1).
    if (powers_of_two && std::isnormal(hashes))
        hashes = std::exp2(std::floor(std::log2(std::max(1.0, hashes)))) - 1;
    // Nothing is what would take 2^256 hashes and more.
    const auto wanted = bitcoin::target_for_hash_rate(hashes, 60);
    return nearest(wanted.value_or(hardest_));
}

}  // namespace retarget
