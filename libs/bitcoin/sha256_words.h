#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "bitcoin/uint256.h"

namespace bitcoin {

/// SHA-256 counts in big-endian words of 32 bits (FIPS 180-4, 5.2 and 5.3.3).
using Sha256State = std::array<std::uint32_t, 8>;
inline constexpr Sha256State sha256_initial_state{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                                  0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

constexpr void store_state(const Sha256State& state, std::uint8_t* to) {
    for (std::size_t i = 0; i < 8; ++i)
        for (std::size_t byte = 0; byte < 4; ++byte)
            to[4 * i + byte] = static_cast<std::uint8_t>(state[i] >> (24 - 8 * byte));
}

constexpr Uint256 digest_of_state(const Sha256State& state) {
    Uint256 digest;
    store_state(state, digest.bytes.data());
    return digest;
}

/// The message's length in bits, which ends its padding.
constexpr void store_bit_length(std::uint64_t bits, std::uint8_t* to) {
    for (std::size_t i = 0; i < 8; ++i) to[i] = static_cast<std::uint8_t>(bits >> (56 - 8 * i));
}

/// What follows a header of 80 bytes in its two blocks.
constexpr void pad_header(std::array<std::uint8_t, 128>& blocks) {
    blocks[80] = 0x80;
    store_bit_length(640, blocks.data() + 120);
}

}  // namespace bitcoin
