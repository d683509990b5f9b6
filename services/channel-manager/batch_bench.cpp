#include <benchmark/benchmark.h>

#include "channel-manager/batch_testing.h"
#include "channel-manager/to_commit.h"

// What a channel-manager does for a batch between the bus and Redis: it decodes, judges, and writes
// down what the ledger is to keep.
namespace channel_manager {
namespace {

/// The template has 12 levels of transactions, as on a busy main chain.
void batch_to_commit(benchmark::State& state) {
    const auto shares = static_cast<std::uint32_t>(state.range(0));
    FakeTemplates templates;
    auto block_template = mining::some_template();
    block_template.merkle_path.assign(12, bitcoin::Uint256{});
    templates.add(block_template);
    const auto frame = bus::encode(some_batch(4, shares));
    const auto policy = some_policy();
    mining::JobCache cache{4};
    std::size_t credited = 0;
    for (auto _ : state) {
        const auto received = bus::decode_to_worker(frame);
        const auto& batch = std::get<bus::Batch>(received->message);
        const auto judgement = judge(batch, templates, policy, cache);
        const auto commit = to_commit(batch, judgement, received->batch_bytes, bus::WorkerId{9});
        benchmark::DoNotOptimize(commit.record.data());
        credited += commit.credited.size();
        cache.trim();
    }
    if (credited != static_cast<std::size_t>(state.iterations()) * shares)
        state.SkipWithError("shares were refused");
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * state.range(0));
}
BENCHMARK(batch_to_commit)->Arg(1)->Arg(16)->Arg(256);

}  // namespace
}  // namespace channel_manager

BENCHMARK_MAIN();
