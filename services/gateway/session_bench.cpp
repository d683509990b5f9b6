#include <benchmark/benchmark.h>

#include "gateway/session_testing.h"

// What a gateway's session costs without sockets and without Noise: a share on its way to the bus
// and back, and the jobs of a new block.
namespace gateway {
namespace {

constexpr std::uint32_t shares_at_once = 16;

/// A connection with so many extended channels, each with a job.
class BusySession : public SessionTest {
  public:
    explicit BusySession(std::int64_t channels) {
        set_up();
        for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(channels); ++i) {
            opens_.push_back(ask_extended(8, i + 1));
            grant(opens_.back());
        }
        next_template(Session::TemplateChange::new_tip);
        for (const auto& [header, payload] : heard())
            if (header.message_type == sv2::NewExtendedMiningJob::info.message_type)
                job_ = sv2::decode<sv2::NewExtendedMiningJob>(payload).value().job_id;
        for (const auto& open : opens_) {
            const base::Bytes extranonce(8, std::byte{0x5a});
            frames_.push_back(
                sv2::encode(sv2::SubmitSharesExtended{.channel_id = {open.channel_id},
                                                      .sequence_number = 1,
                                                      .job_id = job_,
                                                      .nonce = 7,
                                                      .ntime = block_template.tip.min_ntime,
                                                      .version = block_template.version,
                                                      .extranonce = extranonce}));
        }
    }
    void TestBody() override {}

    /// Sixteen shares in, and their verdicts. Returns how many went to the bus.
    std::size_t share() {
        effects.clear();
        const auto first = next_;
        for (std::uint32_t i = 0; i < shares_at_once; ++i) {
            const base::ByteView frame{frames_[next_++ % frames_.size()]};
            session.on_frame(sv2::decode_header(frame.first<sv2::frame_header_size>()),
                             frame.subspan(sv2::frame_header_size), received_at, effects);
        }
        const auto forwarded = effects.shares.size();
        for (std::uint32_t i = 0; i < shares_at_once; ++i)
            session.on_verdict(opens_[(first + i) % opens_.size()].key, 1,
                               {.difficulty = bitcoin::Difficulty{1}}, effects);
        session.on_verdicts_end({}, effects);
        return forwarded;
    }
    void new_block() {
        block_template.ref = {block_template.ref.value + 1};
        // Another hash for each, however many there are.
        const auto number = block_template.ref.value;
        for (std::size_t i = 0; i < sizeof number; ++i)
            block_template.tip.prev_hash.value.bytes[i] =
                static_cast<std::uint8_t>(number >> (8 * i));
        work.set_current(block_template);
        effects.clear();
        session.on_template(Session::TemplateChange::new_tip, effects);
        benchmark::DoNotOptimize(effects.frames.data());
    }

  private:
    std::vector<bus::ChannelOpen> opens_{};
    std::vector<base::Bytes> frames_{};
    sv2::JobId job_{};
    std::size_t next_ = 0;
};

void share_there_and_back(benchmark::State& state) {
    BusySession session{state.range(0)};
    for (auto _ : state) {
        if (session.share() != shares_at_once) {
            state.SkipWithError("shares were refused");
            break;
        }
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * shares_at_once);
}
BENCHMARK(share_there_and_back)->Arg(1)->Arg(100);

/// The coinbase is derived anew for each block, and one message serves a group of channels.
void jobs_of_a_new_block(benchmark::State& state) {
    BusySession session{state.range(0)};
    for (auto _ : state) session.new_block();
}
BENCHMARK(jobs_of_a_new_block)->Arg(1)->Arg(100);

}  // namespace
}  // namespace gateway

BENCHMARK_MAIN();
