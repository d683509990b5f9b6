#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "bitcoin/sha256_words.h"

/// What a kernel does with many messages when it takes two at a time. The last of an odd number
/// goes alone.
namespace bitcoin::pairs {

/// The block that holds a digest and its padding.
inline std::array<std::uint8_t, 64> digest_block(const Sha256State& state) {
    std::array<std::uint8_t, 64> block{};
    store_state(state, block.data());
    block[32] = 0x80;
    store_bit_length(256, block.data() + 56);
    return block;
}

template <auto compress, auto compress_pair>
void hash_digests(Sha256State* states, std::size_t count) {
    std::array<std::uint8_t, 64> blocks[2];
    for (std::size_t i = 0; i < count; ++i) {
        blocks[i] = digest_block(states[i]);
        states[i] = sha256_initial_state;
    }
    if (count == 1)
        compress(states[0].data(), blocks[0].data(), 1);
    else
        compress_pair(states[0].data(), blocks[0].data(), states[1].data(), blocks[1].data(), 1);
}

template <auto compress, auto compress_pair>
void finish_double(const std::uint32_t* const* states, const std::uint8_t* const* blocks,
                   std::size_t count, std::uint8_t* const* hashes, std::size_t messages) {
    for (std::size_t i = 0; i < messages; i += 2) {
        Sha256State now[2];
        const std::size_t lanes = std::min<std::size_t>(2, messages - i);
        for (std::size_t lane = 0; lane < lanes; ++lane)
            std::copy_n(states[i + lane], 8, now[lane].begin());
        if (lanes == 1)
            compress(now[0].data(), blocks[i], count);
        else
            compress_pair(now[0].data(), blocks[i], now[1].data(), blocks[i + 1], count);
        hash_digests<compress, compress_pair>(now, lanes);
        for (std::size_t lane = 0; lane < lanes; ++lane) store_state(now[lane], hashes[i + lane]);
    }
}

template <auto compress, auto compress_pair>
void fold(std::uint8_t* const* nodes, const std::uint8_t* const* paths, std::size_t levels,
          std::size_t messages) {
    for (std::size_t i = 0; i < messages; i += 2) {
        const std::size_t lanes = std::min<std::size_t>(2, messages - i);
        // Two merkle nodes, and the padding after their 64 bytes.
        std::array<std::uint8_t, 128> blocks[2]{};
        for (std::size_t lane = 0; lane < lanes; ++lane) {
            std::copy_n(nodes[i + lane], 32, blocks[lane].begin());
            blocks[lane][64] = 0x80;
            store_bit_length(512, blocks[lane].data() + 120);
        }
        for (std::size_t level = 0; level < levels; ++level) {
            Sha256State now[2]{sha256_initial_state, sha256_initial_state};
            for (std::size_t lane = 0; lane < lanes; ++lane)
                std::copy_n(paths[i + lane] + 32 * level, 32, blocks[lane].begin() + 32);
            if (lanes == 1)
                compress(now[0].data(), blocks[0].data(), 2);
            else
                compress_pair(now[0].data(), blocks[0].data(), now[1].data(), blocks[1].data(), 2);
            hash_digests<compress, compress_pair>(now, lanes);
            for (std::size_t lane = 0; lane < lanes; ++lane)
                store_state(now[lane], blocks[lane].data());
        }
        for (std::size_t lane = 0; lane < lanes; ++lane)
            std::copy_n(blocks[lane].begin(), 32, nodes[i + lane]);
    }
}

}  // namespace bitcoin::pairs
