#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "vardiff_bench/algorithm.h"

namespace vardiff_bench {

/// SplitMix64: the same stream of shares for every algorithm, from a seed.
class Stream {
  public:
    explicit Stream(std::uint64_t seed) : state_(seed) {}
    double uniform();  ///< in (0, 1]
    double exponential();
    double normal();

  private:
    std::uint64_t state_;
};

/// A miner's hash rate from `since` on, in units of the one it starts with.
struct Phase {
    double since{};
    double rate{};
};

struct Run {
    double seconds{};
    /// In order; the first at 0.
    std::vector<Phase> phases{};
    /// How long a share waits on its way; shares come in the order in which they were found.
    std::function<double(Stream&)> delay{};
};

/// What came of one run.
struct Trace {
    struct Retarget {
        double at{};
        double hashes_per_share{};
    };
    std::vector<Retarget> retargets{};  ///< the first is the opening, at 0
    std::vector<double> shares{};       ///< times at which they came
};

/// Runs one miner whose first target gives `opens_at` times the wanted rate.
Trace simulate(Algorithm& algorithm, const Run& run, double hash_rate, double shares_per_minute,
               double opens_at, std::uint64_t seed);

}  // namespace vardiff_bench
