#include <benchmark/benchmark.h>

#include "noise/handshake.h"

// ./dev bench noise shows these next to what the Rust reference publishes and to the same
// operations of its libraries.
namespace noise {
namespace {

GatewayIdentity make_identity(base::Random& random) {
    const auto authority = SecretKey::generate(random);
    auto static_key = SecretKey::generate(random);
    const auto encoding = static_encoding(static_key);
    const auto certificate = sign_certificate(authority, static_key.public_key(), {0, 0xffffffff},
                                              std::array<std::byte, 32>{});
    return {std::move(static_key), encoding, certificate, {authority.public_key()}};
}

void responder_handshake(benchmark::State& state) {
    base::SeededRandom random{1};
    const auto identity = make_identity(random);
    const auto act1 = make_ephemeral_key(random).encoding.bytes;
    for (auto _ : state) {
        auto accepted = Responder{identity, make_ephemeral_key(random)}.accept(act1);
        benchmark::DoNotOptimize(accepted);
    }
}
BENCHMARK(responder_handshake)->Unit(benchmark::kMicrosecond);

/// Both ends, with the making of their keys and with the certificate checked.
void handshake(benchmark::State& state) {
    base::SeededRandom random{1};
    const auto identity = make_identity(random);
    for (auto _ : state) {
        Initiator initiator{identity.authority, make_ephemeral_key(random)};
        auto accepted =
            Responder{identity, make_ephemeral_key(random)}.accept(initiator.act1()).value();
        auto established = std::move(initiator).finish(accepted.act2, 1);
        benchmark::DoNotOptimize(accepted);
        benchmark::DoNotOptimize(established);
    }
}
BENCHMARK(handshake)->Unit(benchmark::kMicrosecond);

EphemeralKey again(const EphemeralKey& key) {
    return {SecretKey::from_bytes(key.secret.bytes()).value(), key.encoding};
}

void handshake_with_keys_made_ahead(benchmark::State& state) {
    base::SeededRandom random{1};
    const auto identity = make_identity(random);
    const auto of_initiator = make_ephemeral_key(random);
    const auto of_responder = make_ephemeral_key(random);
    for (auto _ : state) {
        Initiator initiator{identity.authority, again(of_initiator)};
        auto accepted = Responder{identity, again(of_responder)}.accept(initiator.act1()).value();
        auto established = std::move(initiator).finish(accepted.act2, 1);
        benchmark::DoNotOptimize(accepted);
        benchmark::DoNotOptimize(established);
    }
}
BENCHMARK(handshake_with_keys_made_ahead)->Unit(benchmark::kMicrosecond);

void responder_handshake_with_a_key_made_ahead(benchmark::State& state) {
    base::SeededRandom random{1};
    const auto identity = make_identity(random);
    const auto act1 = make_ephemeral_key(random).encoding.bytes;
    const auto made = make_ephemeral_key(random);
    for (auto _ : state) {
        auto accepted = Responder{identity, again(made)}.accept(act1);
        benchmark::DoNotOptimize(accepted);
    }
}
BENCHMARK(responder_handshake_with_a_key_made_ahead)->Unit(benchmark::kMicrosecond);

void initiator_handshake(benchmark::State& state) {
    base::SeededRandom random{1};
    const auto identity = make_identity(random);
    const auto made = make_ephemeral_key(random);
    auto accepted =
        Responder{identity, make_ephemeral_key(random)}.accept(made.encoding.bytes).value();
    for (auto _ : state) {
        auto established = Initiator{identity.authority, again(made)}.finish(accepted.act2, 1);
        benchmark::DoNotOptimize(established);
    }
}
BENCHMARK(initiator_handshake)->Unit(benchmark::kMicrosecond);

void ephemeral_key(benchmark::State& state) {
    base::SeededRandom random{1};
    for (auto _ : state) benchmark::DoNotOptimize(make_ephemeral_key(random));
}
BENCHMARK(ephemeral_key)->Unit(benchmark::kMicrosecond);

void ellswift_decode(benchmark::State& state) {
    base::SeededRandom random{1};
    EllSwift encoding;
    random.fill(encoding.bytes);
    for (auto _ : state) {
        encoding.bytes[0] ^= std::byte{1};
        benchmark::DoNotOptimize(PeerKey::decode(encoding));
    }
}
BENCHMARK(ellswift_decode)->Unit(benchmark::kMicrosecond);

/// Sealed and opened on the way there, and again on the way back.
void message_round_trip(benchmark::State& state) {
    CipherState sealing[] = {CipherState{Secret<32>{}}, CipherState{Secret<32>{}}};
    CipherState opening[] = {CipherState{Secret<32>{}}, CipherState{Secret<32>{}}};
    base::Bytes message(static_cast<std::size_t>(state.range(0)) + mac_size);
    const auto plain = std::span{message}.first(static_cast<std::size_t>(state.range(0)));
    for (auto _ : state)
        for (int way = 0; way < 2; ++way) {
            auto sealed = sealing[way].seal({}, plain, message);
            auto opened = opening[way].open({}, message, plain);
            benchmark::DoNotOptimize(sealed);
            benchmark::DoNotOptimize(opened);
        }
}
BENCHMARK(message_round_trip)->Arg(64)->Arg(1024);

void frame_round_trip(benchmark::State& state) {
    FrameSealer sealer{CipherState{Secret<32>{}}};
    FrameOpener opener{CipherState{Secret<32>{}}};
    base::Bytes frame(frame_header_size + static_cast<std::size_t>(state.range(0)));
    base::store_le(static_cast<std::uint16_t>(state.range(0)), frame.data() + 3);
    base::Bytes wire;
    for (auto _ : state) {
        wire.clear();
        auto sealed = sealer.seal(frame, wire);
        auto opened = opener.open(wire, payload_size_limit);
        benchmark::DoNotOptimize(sealed);
        benchmark::DoNotOptimize(opened);
    }
}
BENCHMARK(frame_round_trip)->Arg(24)->Arg(33)->Arg(64)->Arg(224)->Arg(420)->Arg(1024)->Arg(16384);

}  // namespace
}  // namespace noise
