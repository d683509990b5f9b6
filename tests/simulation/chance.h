#pragma once

#include <cstdint>
#include <string_view>

#include "base/random.h"

namespace simulation {

/// Chance from a seed. A fork has a stream of its own that depends on the seed and its name alone,
/// not on what was drawn before: what one part draws changes nothing for another.
class Chance final : public base::Random {
  public:
    explicit Chance(std::uint64_t seed) : seed_(seed), state_(seed) {}

    Chance fork(std::string_view name) const;

    void fill(std::span<std::byte> bytes) override;
    std::uint64_t next();
    /// Less than `n`, which is not zero.
    std::uint64_t below(std::uint64_t n) { return next() % n; }
    /// From `first` to `last`, both included.
    std::uint64_t between(std::uint64_t first, std::uint64_t last) {
        return first + below(last - first + 1);
    }
    /// From 0 to below 1.
    double fraction() { return static_cast<double>(next() >> 11U) * 0x1p-53; }
    /// True so often.
    bool happens(double probability) { return fraction() < probability; }

  private:
    std::uint64_t seed_;
    std::uint64_t state_;
};

}  // namespace simulation
