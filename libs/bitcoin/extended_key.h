#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "bitcoin/network.h"

namespace bitcoin {

/// From here on an index means a hardened child, which only the private key has (BIP 32).
inline constexpr std::uint32_t hardened_index_min = 0x8000'0000;

/// A public key with the chain code that its children are derived by (BIP 32).
struct ExtendedKey {
    std::uint8_t depth{};
    base::Bytes key{};  ///< compressed
    std::array<std::byte, 32> chain_code{};
    friend bool operator==(const ExtendedKey&, const ExtendedKey&) = default;
};

enum class ExtendedKeyError {
    malformed,       ///< no extended key of BIP 32
    wrong_checksum,  ///< mistyped
    private_key,     ///< xprv or tprv
    wrong_network,   ///< an xpub elsewhere than on mainnet, or a tpub there
};

/// Reads an xpub (mainnet) or tpub (every other network).
/// Errors: each enumerator of ExtendedKeyError.
base::Result<ExtendedKey, ExtendedKeyError> parse_extended_key(std::string_view text,
                                                               Network network);

/// The child of this index. Nothing where there is none: a hardened one, one deeper than 255, or
/// (with a chance of 1 in 2^127) one that BIP 32 says to skip.
std::optional<ExtendedKey> child_of(const ExtendedKey& parent, std::uint32_t index);

}  // namespace bitcoin
