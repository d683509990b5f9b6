#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bitcoin {

inline constexpr std::size_t descriptor_checksum_size = 8;

/// The checksum that stands behind the `#` of a descriptor (BIP 380). Nothing when the descriptor,
/// given without it, holds a character that descriptors do not.
std::optional<std::string> descriptor_checksum(std::string_view descriptor);

}  // namespace bitcoin
