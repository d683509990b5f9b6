#include <benchmark/benchmark.h>

#include "sv2/codec.h"
#include "sv2/mining_messages.h"

// The reference libraries publish 113 ns for encoding and 44 ns for decoding a share.

namespace sv2 {
namespace {

constexpr std::array<std::byte, 8> extranonce{};
const SubmitSharesExtended share{.channel_id = ChannelId{7},
                                 .sequence_number = 1,
                                 .job_id = JobId{1},
                                 .nonce = 0x12345678,
                                 .ntime = 0x680b69e1,
                                 .version = 0x20000020,
                                 .extranonce = base::ByteView{extranonce}};

void encode_share_into_a_buffer_of_its_own(benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(encode(share));
}
BENCHMARK(encode_share_into_a_buffer_of_its_own);

void encode_share_into_a_reused_buffer(benchmark::State& state) {
    base::Bytes out;
    for (auto _ : state) {
        out.clear();
        append_frame(share, out);
        benchmark::DoNotOptimize(out.data());
        benchmark::ClobberMemory();
    }
}
BENCHMARK(encode_share_into_a_reused_buffer);

void decode_share(benchmark::State& state) {
    const auto frame = encode(share);
    const auto payload = base::ByteView{frame}.subspan(frame_header_size);
    for (auto _ : state) {
        auto decoded = decode<SubmitSharesExtended>(payload);
        benchmark::DoNotOptimize(decoded);
        benchmark::ClobberMemory();
    }
}
BENCHMARK(decode_share);

}  // namespace
}  // namespace sv2

BENCHMARK_MAIN();
