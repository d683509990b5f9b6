#include "bitcoin/extended_key.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <span>

#include "base/base58.h"
#include "base/ensure.h"
#include "bitcoin/public_key.h"

namespace bitcoin {
namespace {

constexpr std::size_t extended_key_size = 78;
constexpr std::uint32_t xpub_version = 0x0488b21e;
constexpr std::uint32_t xprv_version = 0x0488ade4;
constexpr std::uint32_t tpub_version = 0x043587cf;
constexpr std::uint32_t tprv_version = 0x04358394;

std::uint32_t load_be(base::ByteView bytes) {
    std::uint32_t value = 0;
    for (const auto byte : bytes.first<4>()) value = value << 8 | std::to_integer<unsigned>(byte);
    return value;
}

bool is_all_zero(base::ByteView bytes) {
    return std::ranges::all_of(bytes, [](std::byte byte) { return byte == std::byte{0}; });
}

}  // namespace

base::Result<ExtendedKey, ExtendedKeyError> parse_extended_key(std::string_view text,
                                                               Network network) {
    const auto payload = base::base58check_decode(text);
    if (!payload)
        return base::unexpected(payload.error() == base::Base58Error::wrong_checksum
                                    ? ExtendedKeyError::wrong_checksum
                                    : ExtendedKeyError::malformed);
    if (payload->size() != extended_key_size) return base::unexpected(ExtendedKeyError::malformed);
    // version 4 | depth 1 | parent's fingerprint 4 | index 4 | chain code 32 | key 33
    const base::ByteView bytes{*payload};
    const auto version = load_be(bytes);
    if (version == xprv_version || version == tprv_version)
        return base::unexpected(ExtendedKeyError::private_key);
    if (version != xpub_version && version != tpub_version)
        return base::unexpected(ExtendedKeyError::malformed);
    ExtendedKey key;
    key.depth = std::to_integer<std::uint8_t>(bytes[4]);
    std::ranges::copy(bytes.subspan<13, 32>(), key.chain_code.begin());
    key.key = base::to_bytes(bytes.last<compressed_key_size>());
    // A key without a parent names none.
    if (!is_public_key(key.key) || (key.depth == 0 && !is_all_zero(bytes.subspan<5, 8>())))
        return base::unexpected(ExtendedKeyError::malformed);
    if ((version == xpub_version) != (network == Network::mainnet))
        return base::unexpected(ExtendedKeyError::wrong_network);
    return key;
}

std::optional<ExtendedKey> child_of(const ExtendedKey& parent, std::uint32_t index) {
    if (index >= hardened_index_min || parent.depth == 0xff) return std::nullopt;
    auto message = parent.key;
    for (int shift = 24; shift >= 0; shift -= 8)
        message.push_back(static_cast<std::byte>(index >> shift & 0xffU));
    std::array<std::byte, 64> digest{};
    unsigned size = digest.size();
    const auto* made =
        HMAC(EVP_sha512(), parent.chain_code.data(), static_cast<int>(parent.chain_code.size()),
             reinterpret_cast<const unsigned char*>(message.data()), message.size(),
             reinterpret_cast<unsigned char*>(digest.data()), &size);
    base::ensure(made != nullptr, "libcrypto has HMAC-SHA-512");
    const std::span<const std::byte, 64> halves{digest};
    auto key = add_tweak(parent.key, halves.first<32>());
    if (!key) return std::nullopt;
    ExtendedKey child{.depth = static_cast<std::uint8_t>(parent.depth + 1),
                      .key = *std::move(key),
                      .chain_code = {}};
    std::ranges::copy(halves.last<32>(), child.chain_code.begin());
    return child;
}

}  // namespace bitcoin
