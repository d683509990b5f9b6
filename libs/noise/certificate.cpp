#include "noise/certificate.h"

#include <secp256k1_extrakeys.h>
#include <secp256k1_schnorrsig.h>

#include "base/ensure.h"
#include "noise/c_bytes.h"
#include "noise/curve_context.h"
#include "noise/sha256.h"

namespace noise {
namespace {

constexpr std::size_t signed_fields_size = 10;

std::array<std::byte, signed_fields_size> signed_fields(const Certificate& certificate) {
    std::array<std::byte, signed_fields_size> bytes{};
    base::store_le(certificate.version, bytes.data());
    base::store_le(certificate.valid_from, bytes.data() + 2);
    base::store_le(certificate.not_valid_after, bytes.data() + 6);
    return bytes;
}

}  // namespace

std::array<std::byte, certificate_size> serialise(const Certificate& certificate) {
    std::array<std::byte, certificate_size> bytes{};
    std::ranges::copy(signed_fields(certificate), bytes.begin());
    std::ranges::copy(certificate.signature, bytes.begin() + signed_fields_size);
    return bytes;
}

Certificate parse_certificate(std::span<const std::byte, certificate_size> bytes) {
    Certificate certificate{.version = base::load_le<std::uint16_t>(bytes.data()),
                            .valid_from = base::load_le<std::uint32_t>(bytes.data() + 2),
                            .not_valid_after = base::load_le<std::uint32_t>(bytes.data() + 6)};
    std::ranges::copy(bytes.last<64>(), certificate.signature.begin());
    return certificate;
}

std::array<std::byte, 32> certificate_digest(const Certificate& certificate,
                                             const XOnlyPublicKey& static_key) {
    return sha256({signed_fields(certificate), static_key.bytes});
}

Certificate sign_certificate(const SecretKey& authority, const XOnlyPublicKey& static_key,
                             Validity validity, std::span<const std::byte, 32> aux_random) {
    Certificate certificate{.valid_from = validity.valid_from,
                            .not_valid_after = validity.not_valid_after};
    const auto digest = certificate_digest(certificate, static_key);
    secp256k1_keypair keypair;
    const bool made = secp256k1_keypair_create(curve_context(), &keypair,
                                               c_bytes(authority.bytes().data())) == 1 &&
                      secp256k1_schnorrsig_sign32(
                          curve_context(), c_bytes(certificate.signature.data()),
                          c_bytes(digest.data()), &keypair, c_bytes(aux_random.data())) == 1;
    sodium_memzero(&keypair, sizeof keypair);
    base::ensure(made, "a secret key is not used after it was moved from");
    return certificate;
}

bool is_signed_by(const Certificate& certificate, const AuthorityPublicKey& authority,
                  const XOnlyPublicKey& static_key) {
    const auto digest = certificate_digest(certificate, static_key);
    secp256k1_xonly_pubkey key;
    return secp256k1_xonly_pubkey_parse(curve_context(), &key,
                                        c_bytes(authority.key.bytes.data())) == 1 &&
           secp256k1_schnorrsig_verify(curve_context(), c_bytes(certificate.signature.data()),
                                       c_bytes(digest.data()), digest.size(), &key) == 1;
}

std::optional<CertificateError> certificate_refusal(const Certificate& certificate,
                                                    const AuthorityPublicKey& authority,
                                                    const XOnlyPublicKey& static_key,
                                                    std::uint32_t now) {
    // In 64 bits, so that the tolerance wraps at neither end of time.
    const std::uint64_t tolerance = clock_tolerance_seconds;
    if (certificate.version != 0) return CertificateError::unknown_version;
    if (now + tolerance < certificate.valid_from) return CertificateError::not_yet_valid;
    if (now > certificate.not_valid_after + tolerance) return CertificateError::expired;
    if (!is_signed_by(certificate, authority, static_key)) return CertificateError::wrong_signature;
    return std::nullopt;
}

}  // namespace noise
