#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <vector>

namespace loadgen {

/// How long things took, in microseconds: counted in buckets that are at most 1/64 of their value
/// wide, so that quantiles of any number of times cost the same few kilobytes.
class Histogram {
  public:
    Histogram();

    /// What is negative counts as zero, what is above a day as a day.
    void add(std::chrono::nanoseconds took);

    std::uint64_t count() const { return count_; }
    std::uint64_t max_us() const { return max_us_; }
    /// The least value that at least this part of all do not exceed, rounded up within its bucket;
    /// 0 where there is none.
    std::uint64_t quantile_us(double q) const;

    /// So much of all is not above the value, `count` times in all.
    struct Percentile {
        double percentile{};
        std::uint64_t value_us{};
        std::uint64_t count{};
    };
    /// As HdrHistogram prints a distribution: five lines for each halving of what is left to 100,
    /// and the last one is of 100. Empty where there is nothing.
    std::vector<Percentile> percentiles() const;

  private:
    std::vector<std::uint64_t> buckets_;
    std::uint64_t count_ = 0;
    std::uint64_t max_us_ = 0;
};

/// How many there were, the quantiles in microseconds, and the percentiles as lines of percentile,
/// microseconds and count.
nlohmann::ordered_json to_json(const Histogram& histogram);

}  // namespace loadgen
