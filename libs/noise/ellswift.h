#pragma once

#include <secp256k1.h>

#include <optional>

#include "noise/keys.h"

namespace noise {

inline constexpr std::size_t ellswift_size = 64;

/// A public key as it travels in the handshake: u and t, 32 bytes each, most significant first
/// (BIP 324). Many encodings name one key, and every 64 bytes name some key.
struct EllSwift {
    std::array<std::byte, ellswift_size> bytes{};
    friend bool operator==(const EllSwift&, const EllSwift&) = default;
};

/// An encoding of `key` that looks like 64 random bytes to whoever does not know `seed`. The same
/// arguments give the same encoding.
EllSwift encode_ellswift(const SecretKey& key, std::span<const std::byte, 32> seed);

/// Somebody's public key, decoded once for as many exchanges as a handshake has.
class PeerKey {
  public:
    /// Nothing would mean that the map is not total, which it is; callers close the connection.
    static std::optional<PeerKey> decode(const EllSwift& encoding);

    const EllSwift& encoding() const { return encoding_; }
    const secp256k1_pubkey& point() const { return point_; }
    XOnlyPublicKey x_only() const;

  private:
    PeerKey() = default;
    EllSwift encoding_{};
    secp256k1_pubkey point_{};
};

/// The end that sent the first message is the initiator: its encoding is hashed first.
enum class Role { initiator, responder };

/// The secret that two ends share: BIP 324's tagged hash over both encodings and the X coordinate
/// (Sv2 4.4.2). Constant time in the secret key. Nothing if `own` was moved from.
std::optional<Secret<32>> ecdh(const SecretKey& own, const EllSwift& own_encoding,
                               const PeerKey& peer, Role role);

/// A key pair for one connection. Move-only, and consumed by the handshake, so that none is used
/// twice.
struct EphemeralKey {
    SecretKey secret;
    EllSwift encoding;
};

/// May be called ahead, while idle: it is over a third of the work of a responder.
EphemeralKey make_ephemeral_key(base::Random& random);

}  // namespace noise
