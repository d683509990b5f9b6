#include <algorithm>

#include "fuzz/noise_fixture.h"
#include "fuzz/target.h"

// One byte chooses: act 1 to a responder; act 2 to an initiator, as it is or as what is to be
// changed in a good one; a certificate. The rest are its bytes, filled up with zeros.

namespace {

template <std::size_t Size>
std::array<std::byte, Size> filled_up(base::ByteView bytes) {
    std::array<std::byte, Size> array{};
    std::ranges::copy(bytes.first(std::min(bytes.size(), Size)), array.begin());
    return array;
}

void act1(base::ByteView bytes) {
    auto accepted = noise::Responder{fuzz::identity(), fuzz::ephemeral_of(0x22)}.accept(
        filled_up<noise::act1_size>(bytes));
    if (!accepted) return;
    const std::array<std::byte, noise::frame_header_size> frame{};
    base::Bytes wire;
    fuzz::check(accepted->transport.sealer.seal(frame, wire).has_value(),
                "who was accepted is spoken to");
}

void act2(base::ByteView bytes, bool is_difference) {
    noise::Initiator initiator{fuzz::identity().authority, fuzz::ephemeral_of(0x11)};
    auto answer = filled_up<noise::act2_size>(bytes);
    const bool is_as_sent =
        std::ranges::all_of(answer, [](std::byte b) { return b == std::byte{}; });
    if (is_difference) {
        static const auto good = noise::Responder{fuzz::identity(), fuzz::ephemeral_of(0x22)}
                                     .accept(initiator.act1())
                                     .value()
                                     .act2;
        for (std::size_t i = 0; i < answer.size(); ++i) answer[i] ^= good[i];
    }
    const auto established = std::move(initiator).finish(answer, fuzz::handshake_at);
    if (is_difference)
        fuzz::check(established.has_value() == is_as_sent, "no other bit is taken than was sent");
    if (!established)
        fuzz::check(!noise::error_code(established.error()).empty(), "errors are named");
}

void certificate(base::ByteView bytes) {
    const auto raw = filled_up<noise::certificate_size>(bytes);
    const auto parsed = noise::parse_certificate(raw);
    fuzz::check(noise::serialise(parsed) == raw, "a certificate is written as it was read");
    const auto& gateway = fuzz::identity();
    const auto refusal = noise::certificate_refusal(
        parsed, gateway.authority, gateway.static_key.public_key(), fuzz::handshake_at);
    fuzz::check(refusal.has_value() || parsed == gateway.certificate, "nobody forges a signature");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Script script{fuzz::view(data, size)};
    const auto choice = script.byte() % 4;
    const auto bytes = script.rest();
    if (choice == 0)
        act1(bytes);
    else if (choice == 3)
        certificate(bytes);
    else
        act2(bytes, choice == 2);
    return 0;
}
