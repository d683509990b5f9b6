#include <algorithm>
#include <vector>

#include "fuzz/noise_fixture.h"
#include "fuzz/target.h"
#include "sv2/frame.h"

// A sealed stream to a gateway. First byte: 0 means that the rest is the stream itself. Otherwise
// it says how many frames are sealed; then, 16 bits each: their sizes, the length of the pieces
// they come in, and where to damage the stream, if anywhere.

namespace {

constexpr std::uint32_t size_max = 128 * 1024;

/// Feeds a stream in pieces; what came out, and whether the session is still good.
bool open_all(noise::FrameOpener& opener, base::Bytes stream, std::size_t piece,
              std::vector<base::Bytes>& frames) {
    for (std::size_t at = 0; at < stream.size(); at += piece) {
        std::span<std::byte> next{stream.data() + at, std::min(piece, stream.size() - at)};
        while (!next.empty()) {
            const auto opened = opener.open(next, size_max);
            if (!opened) {
                fuzz::check(opener.open(next, size_max).error() == opened.error(),
                            "a session that is over stays over");
                return false;
            }
            fuzz::check(opened->consumed <= next.size(), "no more is used than was given");
            next = next.subspan(opened->consumed);
            if (opened->frame.empty()) {
                fuzz::check(next.empty(), "without a frame everything is consumed");
                break;
            }
            frames.push_back(base::to_bytes(opened->frame));
        }
        fuzz::check(opener.buffered_size() <= 2 * (at + piece) + 4096,
                    "memory follows what has arrived, not what a header announces");
    }
    return true;
}

base::Bytes frame_of(std::uint16_t size) {
    base::Bytes frame(sv2::frame_header_size + size, static_cast<std::byte>(size));
    const auto header = sv2::encode_header({.message_type = 0x1a, .payload_size = size});
    std::copy(header.begin(), header.end(), frame.begin());
    return frame;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Script script{fuzz::view(data, size)};
    // As a handshake would leave them, which would take most of the time.
    const auto key = fuzz::key_of(0x66);
    noise::FrameSealer sealer{noise::CipherState{noise::Secret<32>{key.bytes()}, 0}};
    noise::FrameOpener opener{noise::CipherState{noise::Secret<32>{key.bytes()}, 0}};
    std::vector<base::Bytes> received;
    const unsigned count = script.byte() % 9;
    if (count == 0) {
        const bool is_good = open_all(opener, base::to_bytes(script.rest()), 256, received);
        fuzz::check(received.empty() && (is_good || size > noise::sealed_header_size),
                    "nobody without the keys is heard");
        return 0;
    }
    std::vector<base::Bytes> sent;
    base::Bytes stream;
    for (unsigned i = 0; i < count; ++i) {
        sent.push_back(frame_of(script.u16()));
        fuzz::check(sealer.seal(sent.back(), stream).has_value(), "frames are sealed");
    }
    // Byte by byte only where that is soon done.
    const std::size_t piece = std::max(1 + std::size_t{script.u16()}, stream.size() / 512);
    const std::size_t damage_at = script.u16();
    const auto damage = static_cast<std::byte>(script.byte());
    const bool is_damaged = damage != std::byte{} && damage_at < stream.size();
    if (is_damaged) stream[damage_at] ^= damage;
    const bool is_good = open_all(opener, stream, piece, received);
    fuzz::check(is_good == !is_damaged, "a session ends exactly when something is wrong");
    if (!is_damaged) fuzz::check(opener.is_between_frames(), "every frame is complete");
    fuzz::check(is_damaged ? received.size() < sent.size() : received.size() == sent.size(),
                "a damaged frame is not delivered, nor what follows it");
    fuzz::check(std::equal(received.begin(), received.end(), sent.begin()),
                "what is delivered is what was sent");
    return 0;
}
