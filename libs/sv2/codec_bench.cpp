#include <benchmark/benchmark.h>

#include "sv2/codec.h"
#include "sv2/mining_messages.h"

// ./dev bench sv2 shows these next to what the Rust reference publishes and to the same operations
// of its libraries.

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

/// As from a socket: the bytes are copied to a buffer, a frame is taken off it and decoded.
void decode_share_from_a_stream(benchmark::State& state) {
    const auto frame = encode(share);
    base::Bytes buffer(1024);
    for (auto _ : state) {
        std::memcpy(buffer.data(), frame.data(), frame.size());
        benchmark::ClobberMemory();
        base::ByteView unread{buffer.data(), frame.size()};
        const auto taken = take_frame(unread, payload_size_max);
        auto decoded = decode<SubmitSharesExtended>((*taken)->payload);
        benchmark::DoNotOptimize(decoded);
    }
}
BENCHMARK(decode_share_from_a_stream);

}  // namespace
}  // namespace sv2

BENCHMARK_MAIN();
