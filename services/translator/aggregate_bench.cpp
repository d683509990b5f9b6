#include <benchmark/benchmark.h>
#include <malloc.h>

#include <vector>

#include "translator/aggregate_channels.h"
#include "translator/aggregate_testing.h"

namespace translator {
namespace {

/// A miner that costs nothing itself.
class SilentMiner final : public ChannelListener {
  public:
    void on_terms(const ChannelTerms&) override {}
    void on_job(const ActiveJob& job) override { last = job.id; }
    void on_verdict(ShareTicket, Verdict, std::string_view) override {}
    void on_interrupted() override {}
    void on_refused(std::string_view) override {}
    std::uint64_t last{};
};

std::size_t in_use() {
    return mallinfo2().uordblks;
}

/// Miners on a channel that has had ten jobs since the tip.
struct Farm {
    explicit Farm(std::size_t count) : miners(count) {
        upstream.give_terms(one_in(1e15));
        upstream.give_job(true);
        const auto before = in_use();
        for (auto& miner : miners) handles.push_back(channels.open({}, miner));
        channels.turn();
        for (int job = 0; job < 10; ++job) upstream.give_job(false);
        bytes_each = static_cast<double>(in_use() - before) / static_cast<double>(count);
    }

    base::ManualClock clock{};
    service::Registry registry{"translator", "bench"};
    AggregateMetrics metrics{registry};
    FakeUpstream upstream{};
    AggregateChannels channels{upstream, AggregateSettings{}, clock, metrics, [] {}};
    std::vector<SilentMiner> miners;
    std::vector<ChannelHandle> handles{};
    double bytes_each{};
};

void new_job_to_all(benchmark::State& state) {
    Farm farm{static_cast<std::size_t>(state.range(0))};
    for (auto _ : state) farm.upstream.give_job(true);
    state.counters["bytes_each"] = farm.bytes_each;
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * state.range(0));
}
BENCHMARK(new_job_to_all)->Arg(1'000)->Arg(10'000)->Unit(benchmark::kMillisecond);

void tick_of_all(benchmark::State& state) {
    Farm farm{static_cast<std::size_t>(state.range(0))};
    for (auto _ : state) {
        farm.clock.advance(std::chrono::seconds{1});
        farm.channels.tick();
        farm.channels.turn();
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * state.range(0));
}
BENCHMARK(tick_of_all)->Arg(10'000)->Unit(benchmark::kMillisecond);

void share_of_one(benchmark::State& state) {
    Farm farm{10'000};
    const base::Bytes extranonce(8, std::byte{1});
    ChannelShare share{.job_id = farm.miners[5000].last,
                       .ntime = 1000,
                       .version = 0x20000000,
                       .extranonce = extranonce};
    for (auto _ : state) {
        ++share.nonce;
        benchmark::DoNotOptimize(farm.channels.submit(farm.handles[5000], share));
        if (share.nonce % 1024 == 0) farm.channels.turn();
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
}
BENCHMARK(share_of_one);

}  // namespace
}  // namespace translator

BENCHMARK_MAIN();
