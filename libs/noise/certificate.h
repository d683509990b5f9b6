#pragma once

#include <optional>

#include "noise/keys.h"

namespace noise {

inline constexpr std::size_t certificate_size = 74;
/// What two clocks may differ by before a certificate counts as not yet or no longer valid.
inline constexpr std::uint32_t clock_tolerance_seconds = 10;

/// SIGNATURE_NOISE_MESSAGE (Sv2 4.5.2): the authority's word that a static key is a gateway's.
/// Times are unix seconds, both inclusive. The static key itself travels beside it.
struct Certificate {
    std::uint16_t version = 0;
    std::uint32_t valid_from = 0;
    std::uint32_t not_valid_after = 0;
    std::array<std::byte, 64> signature{};
    friend bool operator==(const Certificate&, const Certificate&) = default;
};

/// Little-endian integers, then the signature.
std::array<std::byte, certificate_size> serialise(const Certificate& certificate);
/// Any 74 bytes parse; what they are worth, certificate_refusal() says.
Certificate parse_certificate(std::span<const std::byte, certificate_size> bytes);

/// What is signed: SHA-256 of version, validity and the x-only static key (Sv2 4.5.3.1).
std::array<std::byte, 32> certificate_digest(const Certificate& certificate,
                                             const XOnlyPublicKey& static_key);

struct Validity {
    std::uint32_t valid_from = 0;
    std::uint32_t not_valid_after = 0;
};
/// Signs version 0 by BIP 340. `aux_random` may be anything, best 32 fresh random bytes.
Certificate sign_certificate(const SecretKey& authority, const XOnlyPublicKey& static_key,
                             Validity validity, std::span<const std::byte, 32> aux_random);

enum class CertificateError { unknown_version, not_yet_valid, expired, wrong_signature };

/// Why an initiator refuses the certificate, nothing if it does not. `now` in unix seconds.
/// The version must be 0: the specification names no other (ours to decide, peers differ).
[[nodiscard]] std::optional<CertificateError> certificate_refusal(
    const Certificate& certificate, const AuthorityPublicKey& authority,
    const XOnlyPublicKey& static_key, std::uint32_t now);

/// The same without the clock: for a certificate that is read from a file, or not to be used yet.
[[nodiscard]] bool is_signed_by(const Certificate& certificate, const AuthorityPublicKey& authority,
                                const XOnlyPublicKey& static_key);

}  // namespace noise
