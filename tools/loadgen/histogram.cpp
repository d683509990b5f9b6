#include "loadgen/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

namespace loadgen {
namespace {

// Below 2^7 each microsecond has its own bucket; above, each power of two has 2^6 of them.
constexpr unsigned exact_bits = 7;
constexpr unsigned step_bits = exact_bits - 1;
constexpr std::uint64_t day_us = 86'400'000'000;
constexpr double lines_a_halving = 5;

unsigned shift_of(std::uint64_t value) {
    const auto width = static_cast<unsigned>(std::bit_width(value));
    return width <= exact_bits ? 0 : width - exact_bits;
}

std::size_t bucket_of(std::uint64_t value) {
    const auto shift = shift_of(value);
    return static_cast<std::size_t>((std::uint64_t{shift} << step_bits) + (value >> shift));
}

std::uint64_t last_of(std::size_t bucket) {
    if (bucket < (1U << exact_bits)) return bucket;
    const auto shift = (bucket >> step_bits) - 1;
    const auto step = bucket - (shift << step_bits);
    return ((std::uint64_t{step} + 1) << shift) - 1;
}

}  // namespace

Histogram::Histogram() : buckets_(bucket_of(day_us) + 1) {}

void Histogram::add(std::chrono::nanoseconds took) {
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(took).count();
    const auto value = std::min(static_cast<std::uint64_t>(std::max<std::int64_t>(us, 0)), day_us);
    ++buckets_[bucket_of(value)];
    ++count_;
    max_us_ = std::max(max_us_, value);
}

std::uint64_t Histogram::quantile_us(double q) const {
    if (count_ == 0) return 0;
    const auto wanted = std::max<std::uint64_t>(
        static_cast<std::uint64_t>(std::ceil(q * static_cast<double>(count_))), 1);
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
        seen += buckets_[i];
        if (seen >= wanted) return std::min(last_of(i), max_us_);
    }
    return max_us_;
}

std::vector<Histogram::Percentile> Histogram::percentiles() const {
    std::vector<Percentile> lines;
    double next = 0;
    std::uint64_t seen = 0;
    for (std::size_t i = 0; seen < count_; ++i) {
        if (buckets_[i] == 0) continue;
        seen += buckets_[i];
        const auto reached = 100 * static_cast<double>(seen) / static_cast<double>(count_);
        for (bool is_last = false; next <= reached && !is_last; is_last = seen == count_) {
            lines.push_back({next, std::min(last_of(i), max_us_), seen});
            const auto halvings = std::floor(std::log2(100 / (100 - next))) + 1;
            next += 100 / (lines_a_halving * std::exp2(halvings));
        }
    }
    if (count_ > 0) lines.push_back({100, max_us_, count_});
    return lines;
}

nlohmann::ordered_json to_json(const Histogram& histogram) {
    auto lines = nlohmann::ordered_json::array();
    for (const auto& line : histogram.percentiles())
        lines.push_back({line.percentile, line.value_us, line.count});
    return {{"count", histogram.count()},         {"p50", histogram.quantile_us(0.5)},
            {"p99", histogram.quantile_us(0.99)}, {"p999", histogram.quantile_us(0.999)},
            {"max", histogram.max_us()},          {"percentiles", std::move(lines)}};
}

}  // namespace loadgen
