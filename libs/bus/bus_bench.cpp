#include <benchmark/benchmark.h>

#include <chrono>
#include <utility>

#include "bus/batch_builder.h"
#include "bus/codec.h"
#include "bus/dispatcher.h"
#include "mining/records_testing.h"

// What the bus costs for each share: put into a batch, encoded, decoded, sent and answered.
namespace bus {
namespace {

using namespace std::chrono_literals;

constexpr mining::Epoch epoch{3};
constexpr Partition partition{1};
constexpr std::uint32_t batch_size = 256;

/// Shares of so many extended channels in turns, each with a job of its own.
class Traffic {
  public:
    explicit Traffic(std::int64_t channels) {
        for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(channels); ++i) {
            auto job = mining::some_record();
            job.channel = *mining::ChannelKey::of(epoch, i + 1);
            channels_.push_back({.key = job.channel,
                                 .kind = job.kind,
                                 .user_identity = "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq.rig",
                                 .extranonce_size = job.extranonce_size});
            jobs_.push_back(std::move(job));
        }
    }

    template <class Take>
    void give(std::uint32_t count, Take take) {
        for (std::uint32_t i = 0; i < count; ++i) {
            const auto place = next_++ % channels_.size();
            ++share_.sequence_number;
            ++share_.nonce;
            take(ShareContext{channels_[place], jobs_[place], outputs_}, share_);
        }
    }

    Batch batch(std::uint32_t count) {
        BatchBuilder builder{epoch, partition};
        builder.add_live_tip(mining::some_template().tip.prev_hash);
        give(count, [&](const auto& context, const auto& share) {
            builder.add_share(context, share, "");
        });
        return std::move(builder).finish(1);
    }

  private:
    std::vector<Channel> channels_{};
    std::vector<mining::JobRecord> jobs_{};
    mining::PayoutOutputs outputs_ = mining::some_outputs();
    mining::SubmittedShare share_ = mining::some_share();
    std::size_t next_ = 0;
};

void count_shares(benchmark::State& state) {
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * batch_size);
}

void build_batch(benchmark::State& state) {
    Traffic traffic{state.range(0)};
    for (auto _ : state) benchmark::DoNotOptimize(traffic.batch(batch_size));
    count_shares(state);
}
BENCHMARK(build_batch)->Arg(1)->Arg(256);

void encode_batch(benchmark::State& state) {
    const auto batch = Traffic{state.range(0)}.batch(batch_size);
    for (auto _ : state) benchmark::DoNotOptimize(encode(batch));
    count_shares(state);
}
BENCHMARK(encode_batch)->Arg(1)->Arg(256);

void decode_batch_at_a_worker(benchmark::State& state) {
    const auto frame = encode(Traffic{state.range(0)}.batch(batch_size));
    for (auto _ : state) benchmark::DoNotOptimize(decode_to_worker(frame));
    count_shares(state);
}
BENCHMARK(decode_batch_at_a_worker)->Arg(1)->Arg(256);

/// From 256 shares to their outcomes, with all that the dispatcher does in between.
void dispatch_batch(benchmark::State& state) {
    const DispatcherSettings settings{.epoch = epoch};
    Dispatcher dispatcher{settings};
    Traffic traffic{state.range(0)};
    base::SteadyTime now{1h};
    Ready ready{
        .worker = {7}, .derivation_versions = {1}, .partitions = settings.partitions, .credits = 4};
    Result result{
        .epoch = epoch, .partition = partition, .verdicts = std::vector<Verdict>(batch_size)};
    std::size_t answered = 0;
    for (auto _ : state) {
        now += 1ms;
        dispatcher.on_message("worker", ready, now);
        traffic.give(batch_size, [&](const auto& context, const auto& share) {
            dispatcher.add_share(partition, context, share, "", now);
        });
        dispatcher.flush(now);
        benchmark::DoNotOptimize(dispatcher.take_effects());
        ++result.sequence;
        dispatcher.on_message("worker", result, now);
        answered += dispatcher.take_effects().size();
    }
    if (answered < static_cast<std::size_t>(state.iterations()))
        state.SkipWithError("batches were not answered");
    count_shares(state);
}
BENCHMARK(dispatch_batch)->Arg(1)->Arg(256);

}  // namespace
}  // namespace bus

BENCHMARK_MAIN();
