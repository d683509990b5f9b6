#include "vardiff_bench/measure.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "vardiff_bench/simulation.h"

namespace vardiff_bench {
namespace {

constexpr double hour = 3600;
constexpr double watched = 2 * hour;
constexpr double near = 0.2;

/// A hash rate whose right target takes a power of two of hashes: who has nothing else can meet it.
double even_hash_rate(double about, double shares_per_minute) {
    return std::exp2(std::round(std::log2(about * 60 / shares_per_minute))) * shares_per_minute /
           60;
}

/// How many times the wanted rate a target gives.
double excess(double hash_rate, double shares_per_minute, double hashes_per_share) {
    return hash_rate * 60 / shares_per_minute / hashes_per_share;
}

bool is_near(double times_wanted) {
    return std::abs(times_wanted - 1) <= near;
}

double longest_silence(const Trace& trace, double from, double until) {
    double longest = 0;
    double last = from;
    for (const double at : trace.shares) {
        if (at < from) continue;
        if (at > until) break;
        longest = std::max(longest, at - last);
        last = at;
    }
    return std::max(longest, until - last);
}

/// Shares beyond twice the wanted ones in each minute.
double flooded(const Trace& trace, double from, double until, double shares_per_minute) {
    double sum = 0;
    double in_minute = 0;
    double minute_ends = from + 60;
    for (const double at : trace.shares) {
        if (at < from) continue;
        if (at > until) break;
        for (; at > minute_ends; minute_ends += 60) {
            sum += std::max(0.0, in_minute - 2 * shares_per_minute);
            in_minute = 0;
        }
        in_minute += 1;
    }
    return sum + std::max(0.0, in_minute - 2 * shares_per_minute);
}

/// Collects what happens after a moment at which the right target becomes another one.
class Steps {
  public:
    void add(const Trace& trace, double from, double until, double hash_rate,
             double shares_per_minute) {
        double detected = until - from;
        double within = until - from;
        double outside = 0;
        double before = trace.retargets.front().hashes_per_share;
        const bool is_too_easy = excess(hash_rate, shares_per_minute, before) > 1;
        for (std::size_t i = 0; i < trace.retargets.size(); ++i) {
            const auto& [at, work] = trace.retargets[i];
            const double ends = i + 1 < trace.retargets.size() ? trace.retargets[i + 1].at : until;
            if (ends < from) continue;
            if (i > 0 && at >= from) {
                ++changes_;
                if ((work > before) == is_too_easy) detected = std::min(detected, at - from);
            }
            const bool is_there = is_near(excess(hash_rate, shares_per_minute, work));
            if (is_there) within = std::min(within, std::max(0.0, at - from));
            if (!is_there) outside += ends - std::max(at, from);
            before = work;
        }
        detected_ += detected;
        within_.push_back(within);
        outside_ += outside;
        silence_ += longest_silence(trace, from, until);
        flooded_ += flooded(trace, from, until, shares_per_minute);
    }
    Step mean() {
        if (within_.empty()) return {};
        std::ranges::sort(within_);
        const auto runs = static_cast<double>(within_.size());
        double within = 0;
        for (const double each : within_) within += each;
        return {.detected = detected_ / runs,
                .within_mean = within / runs,
                .within_median = within_[within_.size() / 2],
                .within_90 = within_[within_.size() * 9 / 10],
                .outside = outside_ / runs,
                .silence = silence_ / runs,
                .flooded = flooded_ / runs,
                .changes = changes_ / runs,
                .runs = within_.size()};
    }

  private:
    std::vector<double> within_{};
    double detected_{};
    double outside_{};
    double silence_{};
    double flooded_{};
    double changes_{};
};

Restless measure_restless(const Subject& subject, const Run& shape, std::uint64_t seed,
                          double silence_until, const std::function<void(Run&, Stream&)>& vary) {
    const double rate = even_hash_rate(1e12, subject.shares_per_minute);
    Restless result;
    for (std::size_t i = 0; i < subject.seeds; ++i) {
        Run run = shape;
        Stream stream{seed + i};
        if (vary) vary(run, stream);
        const auto algorithm = make(subject.name, subject.shares_per_minute);
        const auto trace =
            simulate(*algorithm, run, rate, subject.shares_per_minute, 1, seed + 500'000 + i);
        result.changes_per_hour += static_cast<double>(trace.retargets.size() - 1);
        result.silence += longest_silence(trace, 0, silence_until);
        result.flooded += flooded(trace, 0, run.seconds, subject.shares_per_minute);
    }
    const auto runs = static_cast<double>(subject.seeds);
    const double hours = runs * shape.seconds / hour;
    result.changes_per_hour /= hours;
    result.silence /= runs;
    result.flooded /= hours;
    return result;
}

}  // namespace

Steady measure_steady(const Subject& subject, double hours) {
    const double rate = even_hash_rate(1e12, subject.shares_per_minute);
    const Run run{.seconds = hours * hour, .phases = {{0, 1}}, .delay = {}};
    Steady result;
    for (std::size_t i = 0; i < subject.seeds; ++i) {
        const auto algorithm = make(subject.name, subject.shares_per_minute);
        const auto trace = simulate(*algorithm, run, rate, subject.shares_per_minute, 1, 1 + i);
        result.changes_per_hour += static_cast<double>(trace.retargets.size() - 1);
        for (std::size_t j = 0; j < trace.retargets.size(); ++j) {
            const auto& [at, work] = trace.retargets[j];
            const double ends =
                j + 1 < trace.retargets.size() ? trace.retargets[j + 1].at : run.seconds;
            result.error +=
                (ends - at) * std::abs(excess(rate, subject.shares_per_minute, work) - 1);
        }
    }
    const double seconds = static_cast<double>(subject.seeds) * run.seconds;
    result.changes_per_hour /= seconds / hour;
    result.error /= seconds;
    return result;
}

Step measure_step(const Subject& subject, double factor, double steady_minutes) {
    const double rate = even_hash_rate(1e12, subject.shares_per_minute);
    Steps steps;
    for (std::size_t i = 0; i < subject.seeds; ++i) {
        Stream stream{2'000'000 + i};
        const double at = 60 * (steady_minutes + stream.uniform());
        const Run run{.seconds = at + watched, .phases = {{0, 1}, {at, factor}}, .delay = {}};
        const auto algorithm = make(subject.name, subject.shares_per_minute);
        const auto trace =
            simulate(*algorithm, run, rate, subject.shares_per_minute, 1, 3'000'000 + i);
        if (trace.retargets.size() > 1 && trace.retargets[1].at < at) continue;
        steps.add(trace, at, run.seconds, rate * factor, subject.shares_per_minute);
    }
    return steps.mean();
}

Step measure_opening(const Subject& subject, double opens_at) {
    constexpr double rates[] = {1e3, 1e6, 1e9, 1e12, 1e14, 1e16};
    Steps steps;
    for (std::size_t i = 0; i < subject.seeds; ++i) {
        const double rate = even_hash_rate(rates[i % std::size(rates)], subject.shares_per_minute);
        // Below one hash a share there is nothing.
        const double least = rate * 60 / subject.shares_per_minute;
        const double opens = std::min(opens_at, least);
        const Run run{.seconds = watched, .phases = {{0, 1}}, .delay = {}};
        const auto algorithm = make(subject.name, subject.shares_per_minute);
        const auto trace =
            simulate(*algorithm, run, rate, subject.shares_per_minute, opens, 4'000'000 + i);
        steps.add(trace, 0, run.seconds, rate, subject.shares_per_minute);
    }
    return steps.mean();
}

Restless measure_on_and_off(const Subject& subject) {
    Run run{.seconds = 8 * hour, .phases = {}, .delay = {}};
    for (double at = 0; at < run.seconds; at += 1800) {
        run.phases.push_back({at, 1});
        run.phases.push_back({at + 1200, 0});
    }
    // How long it is silent after it has come back, and while it is there.
    auto result = measure_restless(subject, run, 5'000'000, 0, {});
    const double rate = even_hash_rate(1e12, subject.shares_per_minute);
    double silence = 0;
    for (std::size_t i = 0; i < subject.seeds; ++i) {
        const auto algorithm = make(subject.name, subject.shares_per_minute);
        const auto trace =
            simulate(*algorithm, run, rate, subject.shares_per_minute, 1, 5'500'000 + i);
        double longest = 0;
        for (double at = 0; at < run.seconds; at += 1800)
            longest = std::max(longest, longest_silence(trace, at, at + 1200));
        silence += longest;
    }
    result.silence = silence / static_cast<double>(subject.seeds);
    return result;
}

Restless measure_jitter(const Subject& subject) {
    Run run{.seconds = 8 * hour, .phases = {}, .delay = {}};
    // Once in five minutes, for five seconds on average.
    const double portion = 60 / subject.shares_per_minute / 300;
    run.delay = [portion](Stream& stream) {
        return stream.uniform() < portion ? 5 * stream.exponential() : 0.0;
    };
    return measure_restless(subject, run, 6'000'000, run.seconds, [](Run& each, Stream& stream) {
        each.phases.clear();
        for (double at = 0; at < each.seconds; at += 120)
            each.phases.push_back({at, std::exp(0.15 * stream.normal())});
    });
}

Restless measure_dying(const Subject& subject) {
    Run run{.seconds = hour, .phases = {}, .delay = {}};
    for (double at = 0; at < run.seconds; at += 10)
        run.phases.push_back({at, std::exp2(-at / 600)});
    return measure_restless(subject, run, 7'000'000, run.seconds, {});
}

}  // namespace vardiff_bench
