#include "noise/keys.h"

#include <secp256k1_extrakeys.h>

#include "base/base58.h"
#include "base/ensure.h"
#include "noise/c_bytes.h"
#include "noise/curve_context.h"

namespace noise {
namespace {

// U16, little-endian (Sv2 4.7).
constexpr std::array authority_key_version{std::byte{1}, std::byte{0}};

bool is_on_curve(const XOnlyPublicKey& key) {
    secp256k1_xonly_pubkey parsed;
    return secp256k1_xonly_pubkey_parse(curve_context(), &parsed, c_bytes(key.bytes.data())) == 1;
}

}  // namespace

std::string_view error_text(KeyError error) {
    switch (error) {
        case KeyError::not_base58check: return "not base58check, or mistyped";
        case KeyError::wrong_size: return "wrong size";
        case KeyError::unknown_version: return "unknown key version";
        case KeyError::out_of_range: return "out of range";
        case KeyError::not_on_curve: return "not a point of the curve";
    }
    return "unknown";
}

base::Result<SecretKey, KeyError> SecretKey::from_bytes(std::span<const std::byte, 32> bytes) {
    if (secp256k1_ec_seckey_verify(curve_context(), c_bytes(bytes.data())) != 1)
        return base::unexpected(KeyError::out_of_range);
    SecretKey key;
    key.bytes_ = Secret<32>{bytes};
    return key;
}

SecretKey SecretKey::generate(base::Random& random) {
    SecretKey key;
    do {
        random.fill(key.bytes_.writable());
    } while (secp256k1_ec_seckey_verify(curve_context(), c_bytes(key.bytes().data())) != 1);
    return key;
}

XOnlyPublicKey SecretKey::public_key() const {
    secp256k1_pubkey point;
    secp256k1_xonly_pubkey x_only;
    XOnlyPublicKey key;
    const bool made =
        secp256k1_ec_pubkey_create(curve_context(), &point, c_bytes(bytes().data())) == 1 &&
        secp256k1_xonly_pubkey_from_pubkey(curve_context(), &x_only, nullptr, &point) == 1 &&
        secp256k1_xonly_pubkey_serialize(curve_context(), c_bytes(key.bytes.data()), &x_only) == 1;
    base::ensure(made, "a secret key is not used after it was moved from");
    return key;
}

std::string authority_key_text(const AuthorityPublicKey& key) {
    base::Bytes payload;
    base::append(payload, authority_key_version);
    base::append(payload, key.key.bytes);
    return base::base58check_encode(payload);
}

base::Result<ParsedAuthorityKey, KeyError> parse_authority_key(std::string_view text) {
    const auto payload = base::base58check_decode(text);
    if (!payload) return base::unexpected(KeyError::not_base58check);
    ParsedAuthorityKey parsed;
    base::ByteView key{*payload};
    if (key.size() == 32) {
        parsed.form = AuthorityKeyForm::legacy;
    } else {
        if (key.size() != authority_key_version.size() + 32)
            return base::unexpected(KeyError::wrong_size);
        if (!std::ranges::equal(key.first(authority_key_version.size()), authority_key_version))
            return base::unexpected(KeyError::unknown_version);
        key = key.subspan(authority_key_version.size());
    }
    std::ranges::copy(key, parsed.key.key.bytes.begin());
    if (!is_on_curve(parsed.key.key)) return base::unexpected(KeyError::not_on_curve);
    return parsed;
}

std::string secret_key_text(const SecretKey& key) {
    return base::base58check_encode(key.bytes());
}

base::Result<SecretKey, KeyError> parse_secret_key(std::string_view text) {
    auto payload = base::base58check_decode(text);
    if (!payload) return base::unexpected(KeyError::not_base58check);
    auto key = payload->size() == 32
                   ? SecretKey::from_bytes(std::span<const std::byte, 32>{payload->data(), 32})
                   : base::Result<SecretKey, KeyError>{base::unexpected(KeyError::wrong_size)};
    sodium_memzero(payload->data(), payload->size());
    return key;
}

}  // namespace noise
