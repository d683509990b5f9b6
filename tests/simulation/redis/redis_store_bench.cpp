#include <benchmark/benchmark.h>

#include "ledger/commit_call.h"
#include "ledger/scripts.h"
#include "redis/script.h"
#include "simulation/redis/redis_store.h"

namespace {

bitcoin::BlockHash hash_of(std::uint64_t number) {
    bitcoin::BlockHash hash;
    for (std::size_t i = 0; i < 8; ++i)
        hash.value.bytes[i] = static_cast<std::uint8_t>(number >> (8 * i));
    return hash;
}

/// One batch a time, all of its shares new.
void commit(benchmark::State& state) {
    std::int64_t now_us = 1'764'201'600'000'000;
    simulation::RedisStore store{[&now_us] { return now_us += 500; }};
    const redis::Script script{std::string{ledger::scripts::commit}};
    store.execute({"SCRIPT", "LOAD", *script.text});
    std::uint64_t sequence = 0;
    std::uint64_t share = 0;
    for (auto _ : state) {
        ledger::Commit batch;
        batch.epoch = mining::Epoch{1};
        batch.sequence = ++sequence;
        batch.live_tips = {hash_of(1 + sequence / 1'000), hash_of(2 + sequence / 1'000)};
        batch.shares = static_cast<std::uint32_t>(state.range(0));
        for (std::uint32_t place = 0; place < batch.shares; ++place)
            batch.credited.push_back({place, batch.live_tips[1], hash_of(++share << 8U)});
        batch.record = std::string(100 + 200 * batch.shares, 'r');
        batch.outcome = std::string(20 * batch.shares, 'o');
        const auto call = ledger::to_call(batch, {}, {.keep = std::chrono::minutes{1}});
        redis::Args args{"EVALSHA", script.digest, std::to_string(call.keys.size())};
        args.insert(args.end(), call.keys.begin(), call.keys.end());
        args.insert(args.end(), call.args.begin(), call.args.end());
        benchmark::DoNotOptimize(store.execute(args));
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(commit)->Arg(1)->Arg(4)->Arg(32);

}  // namespace

BENCHMARK_MAIN();
