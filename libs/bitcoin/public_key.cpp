#include "bitcoin/public_key.h"

#include <secp256k1.h>

#include <algorithm>

#include "bitcoin/sha256.h"

namespace bitcoin {
namespace {

const unsigned char* as_unsigned(base::ByteView bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

/// The library's own context is enough where there is no secret.
const secp256k1_context* curve() {
    return secp256k1_context_static;
}

std::optional<secp256k1_pubkey> parse(base::ByteView bytes) {
    secp256k1_pubkey key{};
    if (secp256k1_ec_pubkey_parse(curve(), &key, as_unsigned(bytes), bytes.size()) != 1)
        return std::nullopt;
    return key;
}

/// The point with this x whose y is even, compressed.
base::Bytes with_even_y(base::ByteView x) {
    base::Bytes key(compressed_key_size);
    key.front() = std::byte{2};
    std::ranges::copy(x, key.begin() + 1);
    return key;
}

/// BIP 340's tagged hash, most significant byte first.
Uint256 tagged_hash(std::string_view tag, base::ByteView message) {
    const auto tag_hash = sha256(base::as_bytes(tag));
    const auto bytes = base::as_bytes(std::span{tag_hash.bytes});
    return Sha256{}.update(bytes).update(bytes).update(message).digest();
}

}  // namespace

bool is_public_key(base::ByteView bytes) {
    if (bytes.empty()) return false;
    // The library also takes 06 and 07, which no script may hold.
    const auto first = std::to_integer<unsigned>(bytes.front());
    return first >= 2 && first <= 4 && parse(bytes).has_value();
}

bool is_x_only_key(base::ByteView bytes) {
    return bytes.size() == x_only_key_size && parse(with_even_y(bytes)).has_value();
}

std::optional<base::Bytes> add_tweak(base::ByteView key, std::span<const std::byte, 32> tweak) {
    auto point = parse(key);
    if (!point || secp256k1_ec_pubkey_tweak_add(curve(), &*point, as_unsigned(tweak)) != 1)
        return std::nullopt;
    base::Bytes sum(compressed_key_size);
    std::size_t size = sum.size();
    secp256k1_ec_pubkey_serialize(curve(), reinterpret_cast<unsigned char*>(sum.data()), &size,
                                  &*point, SECP256K1_EC_COMPRESSED);
    return sum;
}

std::optional<base::Bytes> taproot_output_key(base::ByteView internal_key) {
    if (internal_key.size() != x_only_key_size) return std::nullopt;
    const auto tweak = tagged_hash("TapTweak", internal_key);
    auto key = add_tweak(with_even_y(internal_key), std::as_bytes(std::span{tweak.bytes}));
    if (key) key->erase(key->begin());
    return key;
}

}  // namespace bitcoin
