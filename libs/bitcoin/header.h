#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "bitcoin/target.h"
#include "bitcoin/uint256.h"

namespace bitcoin {

/// A block header's fields in their order; integers are little-endian in the 80 bytes.
struct Header {
    std::uint32_t version{};
    BlockHash prev_hash{};
    Uint256 merkle_root{};
    std::uint32_t ntime{};
    std::uint32_t nbits{};
    std::uint32_t nonce{};
    friend bool operator==(const Header&, const Header&) = default;
};

inline constexpr std::size_t header_size = 80;
using HeaderBytes = std::array<std::byte, header_size>;

HeaderBytes encode_header(const Header& header);
Header decode_header(std::span<const std::byte, header_size> bytes);

BlockHash header_hash(std::span<const std::byte, header_size> bytes);
BlockHash header_hash(const Header& header);

}  // namespace bitcoin
