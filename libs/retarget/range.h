#pragma once

#include "bitcoin/target.h"

namespace retarget {

/// A target that the channel it was made for may be given. Only TargetRange makes one.
class AllowedTarget {
  public:
    const bitcoin::Target& target() const { return target_; }
    friend bool operator==(const AllowedTarget&, const AllowedTarget&) = default;

  private:
    friend class TargetRange;
    explicit AllowedTarget(const bitcoin::Target& target) : target_(target) {}
    bitcoin::Target target_;
};

/// From the hardest target that the pool gives to the easiest that a channel takes. A value.
class TargetRange {
  public:
    /// `max_target` is the channel's: a target above it cannot even be said to the miner, so it
    /// wins over the pool's bounds where they contradict it.
    TargetRange(const bitcoin::Target& pool_hardest, const bitcoin::Target& pool_easiest,
                const bitcoin::Target& max_target);

    const bitcoin::Target& hardest() const { return hardest_; }
    const bitcoin::Target& easiest() const { return easiest_; }

    /// The nearest target within the range.
    AllowedTarget nearest(const bitcoin::Target& wanted) const;

    /// The target at which `hash_rate_hps` gives `shares_per_minute`, or the nearest there is. With
    /// `powers_of_two` a share takes 2^n hashes, rounded towards easier.
    AllowedTarget for_hash_rate(double hash_rate_hps, double shares_per_minute,
                                bool powers_of_two) const;

  private:
    bitcoin::Target hardest_;
    bitcoin::Target easiest_;
};

}  // namespace retarget
