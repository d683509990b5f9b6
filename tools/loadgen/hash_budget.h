#pragma once

#include <algorithm>
#include <cstdint>

#include "base/clock.h"

namespace loadgen {

/// How many hashes all miners together may make: so many a second, and what a second has left over
/// for the next one.
class HashBudget {
  public:
    HashBudget(double hashes_per_second, base::SteadyTime now)
        : rate_(hashes_per_second), left_(hashes_per_second), since_(now) {}

    std::uint64_t left(base::SteadyTime now) {
        const auto more = std::chrono::duration<double>(now - since_).count() * rate_;
        since_ = now;
        left_ = std::min(left_ + more, rate_);
        return static_cast<std::uint64_t>(std::max(left_, 0.0));
    }
    void spend(std::uint64_t hashes) {
        left_ -= static_cast<double>(hashes);
        spent_ += hashes;
    }
    std::uint64_t spent() const { return spent_; }

  private:
    double rate_;
    double left_;
    std::uint64_t spent_ = 0;
    base::SteadyTime since_;
};

}  // namespace loadgen
