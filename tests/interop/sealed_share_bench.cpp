#include <benchmark/benchmark.h>

#include "noise/transport.h"
#include "sv2/codec.h"
#include "sv2/mining_messages.h"

namespace {

/// A share on its whole way: encoded, sealed, copied as by a socket, opened and decoded.
void sealed_share(benchmark::State& state) {
    constexpr std::array<std::byte, 8> extranonce{};
    const sv2::SubmitSharesExtended share{.channel_id = sv2::ChannelId{7},
                                          .sequence_number = 1,
                                          .job_id = sv2::JobId{1},
                                          .nonce = 0x12345678,
                                          .ntime = 0x680b69e1,
                                          .version = 0x20000020,
                                          .extranonce = base::ByteView{extranonce}};
    noise::FrameSealer sealer{noise::CipherState{noise::Secret<32>{}}};
    noise::FrameOpener opener{noise::CipherState{noise::Secret<32>{}}};
    base::Bytes frame;
    base::Bytes sent;
    base::Bytes received(1024);
    for (auto _ : state) {
        frame.clear();
        sent.clear();
        sv2::append_frame(share, frame);
        auto sealed = sealer.seal(frame, sent);
        benchmark::DoNotOptimize(sealed);
        std::memcpy(received.data(), sent.data(), sent.size());
        benchmark::ClobberMemory();
        const auto opened =
            opener.open(std::span{received}.first(sent.size()), noise::payload_size_limit).value();
        auto decoded =
            sv2::decode<sv2::SubmitSharesExtended>(opened.frame.subspan(sv2::frame_header_size));
        benchmark::DoNotOptimize(decoded);
    }
}
BENCHMARK(sealed_share);

}  // namespace
