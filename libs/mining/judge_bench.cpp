#include <benchmark/benchmark.h>

#include "bitcoin/nonce_scan.h"
#include "mining/batch_judge.h"
#include "mining/records_testing.h"

namespace mining {
namespace {

/// A coinbase of about 250 bytes under 12 levels, as on a busy main chain.
BlockTemplate busy_template() {
    auto block_template = some_template();
    block_template.merkle_path.assign(12, bitcoin::sha256({}));
    return block_template;
}

JobRecord record_of(ChannelKind kind) {
    auto record = some_record();
    record.kind = kind;
    if (kind == ChannelKind::standard) record.extranonce_size = 0;
    record.target = *bitcoin::target_for_hash_rate(1000, 1);
    return record;
}

SubmittedShare share_of(const JobRecord& record) {
    auto share = some_share();
    if (record.kind == ChannelKind::standard) share.extranonce = {};
    return share;
}

void judge_alone(benchmark::State& state, ChannelKind kind) {
    const auto block_template = busy_template();
    const auto record = record_of(kind);
    const auto coinbase = *derive_job_coinbase(block_template, some_outputs(), record.variant,
                                               record.full_extranonce_size());
    auto share = share_of(record);
    for (auto _ : state) {
        ++share.nonce;
        benchmark::DoNotOptimize(judge(share, record, block_template, coinbase));
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
}

void judge_in_batches(benchmark::State& state, ChannelKind kind) {
    const auto block_template = busy_template();
    const auto record = record_of(kind);
    const auto coinbase = *derive_job_coinbase(block_template, some_outputs(), record.variant,
                                               record.full_extranonce_size());
    const auto size = static_cast<std::size_t>(state.range(0));
    std::vector<SubmittedShare> shares(size, share_of(record));
    std::vector<ShareToJudge> items;
    for (auto& share : shares) {
        share.nonce = static_cast<std::uint32_t>(items.size());
        items.push_back({&share, &record, &block_template, &coinbase});
    }
    std::vector<Judged> judged(size);
    BatchJudge batch_judge;
    for (auto _ : state) {
        batch_judge.judge(items, judged);
        benchmark::DoNotOptimize(judged.data());
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * state.range(0));
}

BENCHMARK_CAPTURE(judge_alone, standard, ChannelKind::standard);
BENCHMARK_CAPTURE(judge_alone, extended, ChannelKind::extended);
BENCHMARK_CAPTURE(judge_in_batches, standard, ChannelKind::standard)->Arg(1)->Arg(16)->Arg(256);
BENCHMARK_CAPTURE(judge_in_batches, extended, ChannelKind::extended)->Arg(1)->Arg(16)->Arg(256);

/// Once for each template, set of outputs and kind of channel; a gateway and a worker each.
void derive_job(benchmark::State& state) {
    const auto block_template = busy_template();
    const auto record = record_of(ChannelKind::extended);
    const auto outputs = some_outputs();
    for (auto _ : state)
        benchmark::DoNotOptimize(derive_job_coinbase(block_template, outputs, record.variant,
                                                     record.full_extranonce_size()));
}
BENCHMARK(derive_job);

void scan(benchmark::State& state) {
    const auto midstate = bitcoin::header_midstate(bitcoin::Header{.ntime = 1});
    constexpr std::int64_t count = 1024;
    for (auto _ : state)
        benchmark::DoNotOptimize(bitcoin::scan_nonces(midstate, 0, count, bitcoin::Target{}));
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * count));
}
BENCHMARK(scan);

}  // namespace
}  // namespace mining

BENCHMARK_MAIN();
