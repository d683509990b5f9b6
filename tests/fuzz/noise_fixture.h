#pragma once

#include <array>
#include <utility>

#include "base/random.h"
#include "noise/handshake.h"

/// Keys that are always the same, so that an input is the same connection in every run.
namespace fuzz {

inline constexpr std::uint32_t handshake_at = 0x66000000;

inline noise::SecretKey key_of(unsigned char byte) {
    std::array<std::byte, 32> bytes{};
    bytes.fill(std::byte{byte});
    return noise::SecretKey::from_bytes(bytes).value();
}
inline noise::EphemeralKey ephemeral_of(unsigned char byte) {
    auto secret = key_of(byte);
    const auto encoding = noise::encode_ellswift(secret, std::array<std::byte, 32>{});
    return {std::move(secret), encoding};
}
inline const noise::GatewayIdentity& identity() {
    static const noise::GatewayIdentity kept = [] {
        const auto authority = key_of(0x44);
        auto static_key = key_of(0x33);
        const auto encoding = noise::static_encoding(static_key);
        const auto certificate =
            noise::sign_certificate(authority, static_key.public_key(), {0x65000000, 0xffffffff},
                                    std::array<std::byte, 32>{});
        return noise::GatewayIdentity{
            std::move(static_key), encoding, certificate, {authority.public_key()}};
    }();
    return kept;
}

struct Connected {
    noise::Transport client;
    noise::Transport server;
};
/// Both ends of a connection whose handshake nobody disturbed.
inline Connected connect() {
    noise::Initiator initiator{identity().authority, ephemeral_of(0x11)};
    auto accepted =
        noise::Responder{identity(), ephemeral_of(0x22)}.accept(initiator.act1()).value();
    auto established = std::move(initiator).finish(accepted.act2, handshake_at).value();
    return {std::move(established.transport), std::move(accepted.transport)};
}

}  // namespace fuzz
