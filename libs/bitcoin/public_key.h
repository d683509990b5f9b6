#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "base/bytes.h"

namespace bitcoin {

inline constexpr std::size_t compressed_key_size = 33;
inline constexpr std::size_t uncompressed_key_size = 65;
inline constexpr std::size_t x_only_key_size = 32;

/// Whether these bytes are a point of secp256k1 as scripts write it: 33 bytes that begin with 02
/// or 03, or 65 that begin with 04.
bool is_public_key(base::ByteView bytes);

/// Whether there is a point with this x (BIP 340, lift_x).
bool is_x_only_key(base::ByteView bytes);

/// key + tweak * G, compressed; nothing when the sum is no key, which is not to be met by chance.
/// `key` is a compressed public key, `tweak` a number, most significant byte first.
std::optional<base::Bytes> add_tweak(base::ByteView key, std::span<const std::byte, 32> tweak);

/// The output key of an internal key without a script tree, x-only both (BIP 341, BIP 86).
/// Nothing when there is none.
std::optional<base::Bytes> taproot_output_key(base::ByteView internal_key);

}  // namespace bitcoin
