#pragma once

#include <cstdint>

#include "base/clock.h"

namespace translator {

/// A miner's hash rate by its shares: their difficulties, each forgotten by half every few minutes.
/// A value; for display and for where a miner starts at another pool.
class HashRateMeter {
  public:
    explicit HashRateMeter(base::SteadyTime since) : since_(since), at_(since) {}

    void add(double difficulty, base::SteadyTime now);
    double hash_rate_hps(base::SteadyTime now) const;
    std::uint64_t shares() const { return shares_; }

  private:
    double weight(base::SteadyTime now) const;

    base::SteadyTime since_;
    base::SteadyTime at_;
    double weight_{};
    std::uint64_t shares_{};
};

}  // namespace translator
