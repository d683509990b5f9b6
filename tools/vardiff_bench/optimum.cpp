#include "vardiff_bench/optimum.h"

#include <cmath>
#include <limits>

#include "vardiff_bench/simulation.h"

namespace vardiff_bench {
namespace {

/// When the sum crosses, in intervals of a wanted share; `change_at` is when the rate becomes
/// `ratio`. Exact: between shares the sum is a straight line.
double crosses_at(double ratio, double threshold, double change_at, double end, Stream& stream) {
    const double step = std::log(ratio);
    const double slope = 1 - ratio;
    double now = 0;
    double sum = 0;
    while (now < end) {
        double wait = stream.exponential();
        if (now >= change_at)
            wait /= ratio;
        else if (now + wait > change_at)
            wait = change_at - now + (wait - (change_at - now)) / ratio;
        if (slope > 0 && sum + slope * wait >= threshold) return now + (threshold - sum) / slope;
        sum = std::max(0.0, sum + slope * wait);
        now += wait;
        sum = std::max(0.0, sum + step);
        if (sum >= threshold) return now;
    }
    return end;
}

double mean_run_length(double ratio, double threshold, std::size_t runs, std::uint64_t seed) {
    constexpr auto never = std::numeric_limits<double>::infinity();
    double sum = 0;
    for (std::size_t i = 0; i < runs; ++i) {
        Stream stream{seed + i};
        sum += crosses_at(ratio, threshold, never, never, stream);
    }
    return sum / static_cast<double>(runs);
}

}  // namespace

Optimum optimum(double ratio, double shares_per_minute, double false_alarm_hours, std::size_t runs,
                std::uint64_t seed) {
    const double wanted = false_alarm_hours * 60 * shares_per_minute;
    double low = 0.5;
    double high = std::log(wanted) + 3;
    for (int i = 0; i < 16; ++i) {
        const double middle = (low + high) / 2;
        (mean_run_length(ratio, middle, runs, seed) < wanted ? low : high) = middle;
    }
    Optimum found{.threshold = (low + high) / 2};
    found.false_alarm_hours =
        mean_run_length(ratio, found.threshold, runs, seed + 1'000'000) / 60 / shares_per_minute;
    double sum = 0;
    std::size_t counted = 0;
    for (std::size_t i = 0; i < 4 * runs; ++i) {
        Stream stream{seed + 2'000'000 + i};
        const double change_at = shares_per_minute * (20 + stream.uniform());
        const double at = crosses_at(ratio, found.threshold, change_at, 1e9, stream);
        if (at < change_at) continue;
        sum += at - change_at;
        ++counted;
    }
    found.delay_seconds = sum / static_cast<double>(counted) * 60 / shares_per_minute;
    return found;
}

}  // namespace vardiff_bench
