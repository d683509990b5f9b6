#include <benchmark/benchmark.h>

#include "retarget/track.h"

// What vardiff pays for each share of a channel, and for each look at one that has none.
namespace retarget {
namespace {

using namespace std::chrono_literals;

constexpr double hash_rate = 1e12;
constexpr double hashes_per_share = hash_rate * 10;

void share_and_decision(benchmark::State& state) {
    const auto every = rules(Policy{});
    base::UnixMicros now{};
    Track track{hash_rate, hashes_per_share, now};
    for (auto _ : state) {
        now += 10s;
        track.share(now);
        benchmark::DoNotOptimize(track.decide(every));
    }
}
BENCHMARK(share_and_decision);

void look_without_a_share(benchmark::State& state) {
    const auto every = rules(Policy{});
    base::UnixMicros now{};
    Track track{hash_rate, hashes_per_share, now};
    for (auto _ : state) {
        now += 1us;  // no silence, however many looks
        track.advance_to(now);
        benchmark::DoNotOptimize(track.decide(every));
    }
}
BENCHMARK(look_without_a_share);

}  // namespace
}  // namespace retarget

BENCHMARK_MAIN();
