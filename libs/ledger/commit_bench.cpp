#include <benchmark/benchmark.h>

#include "ledger/commit_call.h"

// What a worker pays to put a batch of shares into the words of the commit script.
namespace ledger {
namespace {

bitcoin::BlockHash hash_of(std::uint32_t number) {
    bitcoin::BlockHash hash;
    for (std::size_t i = 0; i < hash.value.bytes.size(); ++i)
        hash.value.bytes[i] = static_cast<std::uint8_t>((number * 2654435761U) >> (i % 4 * 8));
    return hash;
}

void call_of_a_batch(benchmark::State& state) {
    const auto shares = static_cast<std::uint32_t>(state.range(0));
    Commit commit;
    commit.epoch = mining::Epoch{5};
    commit.partition = 3;
    commit.sequence = 9;
    commit.live_tips = {hash_of(0)};
    commit.shares = shares;
    for (std::uint32_t i = 0; i < shares; ++i)
        commit.credited.push_back({i, commit.live_tips[0], hash_of(i + 1)});
    commit.record = std::string(std::size_t{80} * shares, 'r');
    commit.outcome = std::string(std::size_t{12} * shares, 'o');
    const DuplicateKey key{};
    for (auto _ : state) benchmark::DoNotOptimize(to_call(commit, key, LogRules{}));
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * state.range(0));
}
BENCHMARK(call_of_a_batch)->Arg(1)->Arg(16)->Arg(256);

}  // namespace
}  // namespace ledger

BENCHMARK_MAIN();
