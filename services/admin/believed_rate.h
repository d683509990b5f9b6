#pragma once

#include <chrono>

#include "base/clock.h"

namespace admin {

/// How fast a miner is, by its own recent shares: what they cost in hashes over the time in which
/// they came, both forgotten by and by. A young one is believed what it said, for as much as a few
/// shares would say.
class BelievedRate {
  public:
    /// The probability below which a silence is no chance any more.
    static constexpr double silent_below = 1e-4;

    /// `hash_rate` may be 0: unknown, until there are shares. `at` may be 1970: time begins with
    /// the first thing that is told.
    void begin(double hash_rate, double hashes_per_share, base::UnixMicros at);
    /// A share was found; one of `hashes` on average.
    void share(double hashes, base::UnixMicros at);
    /// Nothing was found until then.
    void pass(base::UnixMicros until);
    /// After a silence, which says nothing of the rate: as before, but with less behind it.
    void resume(base::UnixMicros at);

    /// In hashes a second; 0 while unknown.
    double hash_rate() const { return seconds_ > 0 ? hashes_ / seconds_ : 0; }

    /// How many shares it rests on; what is old counts less.
    double shares() const { return shares_; }

    /// How probable it is that nothing is found for so long: exp(-expected shares), averaged over
    /// the rates that n shares leave possible, which is (1 + expected / n)^-n.
    double silence_probability(std::chrono::microseconds silent_for, double hashes_per_share) const;
    /// When that falls below `silent_below`; the largest duration where it never does.
    std::chrono::microseconds silent_after(double hashes_per_share) const;

  private:
    double shares_ = 0;
    double hashes_ = 0;
    double seconds_ = 0;
    base::UnixMicros until_{};
};

}  // namespace admin
