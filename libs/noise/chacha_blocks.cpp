#include "noise/chacha_blocks.h"

#include <bit>
#include <cstring>

namespace noise {
namespace {

static_assert(std::endian::native == std::endian::little);

// A lane for each block.
using FourLanes = std::uint32_t __attribute__((vector_size(16)));
using EightLanes = std::uint32_t __attribute__((vector_size(32)));

template <class Lanes>
constexpr std::size_t lanes = sizeof(Lanes) / sizeof(std::uint32_t);
template <class Lanes>
using Blocks = ChaChaBlocks<lanes<Lanes>>;

template <class Lanes>
[[gnu::always_inline]] inline void rotate(Lanes& x, int by) {
    x = (x << by) | (x >> (32 - by));
}

template <class Lanes>
[[gnu::always_inline]] inline void quarter_round(Lanes& a, Lanes& b, Lanes& c, Lanes& d) {
    a += b;
    rotate(d ^= a, 16);
    c += d;
    rotate(b ^= c, 12);
    a += b;
    rotate(d ^= a, 8);
    c += d;
    rotate(b ^= c, 7);
}

/// From a word of each block in each of `rows` to the words of a block beside each other; with
/// eight lanes those of the blocks 0 to 3 in the lower halves and of 4 to 7 in the upper ones.
template <class Lanes>
[[gnu::always_inline]] inline void transpose(Lanes (&rows)[4]) {
    Lanes pairs[4];
    if constexpr (lanes<Lanes> == 4) {
        pairs[0] = __builtin_shufflevector(rows[0], rows[1], 0, 4, 1, 5);
        pairs[1] = __builtin_shufflevector(rows[2], rows[3], 0, 4, 1, 5);
        pairs[2] = __builtin_shufflevector(rows[0], rows[1], 2, 6, 3, 7);
        pairs[3] = __builtin_shufflevector(rows[2], rows[3], 2, 6, 3, 7);
        rows[0] = __builtin_shufflevector(pairs[0], pairs[1], 0, 1, 4, 5);
        rows[1] = __builtin_shufflevector(pairs[0], pairs[1], 2, 3, 6, 7);
        rows[2] = __builtin_shufflevector(pairs[2], pairs[3], 0, 1, 4, 5);
        rows[3] = __builtin_shufflevector(pairs[2], pairs[3], 2, 3, 6, 7);
    } else {
        pairs[0] = __builtin_shufflevector(rows[0], rows[1], 0, 8, 1, 9, 4, 12, 5, 13);
        pairs[1] = __builtin_shufflevector(rows[2], rows[3], 0, 8, 1, 9, 4, 12, 5, 13);
        pairs[2] = __builtin_shufflevector(rows[0], rows[1], 2, 10, 3, 11, 6, 14, 7, 15);
        pairs[3] = __builtin_shufflevector(rows[2], rows[3], 2, 10, 3, 11, 6, 14, 7, 15);
        rows[0] = __builtin_shufflevector(pairs[0], pairs[1], 0, 1, 8, 9, 4, 5, 12, 13);
        rows[1] = __builtin_shufflevector(pairs[0], pairs[1], 2, 3, 10, 11, 6, 7, 14, 15);
        rows[2] = __builtin_shufflevector(pairs[2], pairs[3], 0, 1, 8, 9, 4, 5, 12, 13);
        rows[3] = __builtin_shufflevector(pairs[2], pairs[3], 2, 3, 10, 11, 6, 7, 14, 15);
    }
}

/// The words 12, 14 and 15 of the blocks; 13, the nonce's first, is zero (Noise 12.3).
template <class Lanes>
struct Begun {
    Lanes counter;
    Lanes nonce_low;
    Lanes nonce_high;
};

template <class Lanes>
[[gnu::always_inline]] inline void make_blocks(const std::byte* key, const Begun<Lanes>& begun,
                                               Blocks<Lanes>& to) {
    const auto word = [&](std::size_t i) {
        std::uint32_t value = 0;
        std::memcpy(&value, key + i * sizeof value, sizeof value);
        return value;
    };
    const Lanes zero{};
    const Lanes start[16] = {zero + 0x61707865, zero + 0x3320646e,
                             zero + 0x79622d32, zero + 0x6b206574,
                             zero + word(0),    zero + word(1),
                             zero + word(2),    zero + word(3),
                             zero + word(4),    zero + word(5),
                             zero + word(6),    zero + word(7),
                             begun.counter,     zero,
                             begun.nonce_low,   begun.nonce_high};
    Lanes x[16];
    for (std::size_t i = 0; i < 16; ++i) x[i] = start[i];
    for (int i = 0; i < 10; ++i) {
        quarter_round(x[0], x[4], x[8], x[12]);
        quarter_round(x[1], x[5], x[9], x[13]);
        quarter_round(x[2], x[6], x[10], x[14]);
        quarter_round(x[3], x[7], x[11], x[15]);
        quarter_round(x[0], x[5], x[10], x[15]);
        quarter_round(x[1], x[6], x[11], x[12]);
        quarter_round(x[2], x[7], x[8], x[13]);
        quarter_round(x[3], x[4], x[9], x[14]);
    }
    for (std::size_t i = 0; i < 16; i += 4) {
        Lanes rows[4] = {x[i] + start[i], x[i + 1] + start[i + 1], x[i + 2] + start[i + 2],
                         x[i + 3] + start[i + 3]};
        transpose(rows);
        for (std::size_t block = 0; block < lanes<Lanes>; ++block)
            std::memcpy(to[block].data() + i / 2,
                        reinterpret_cast<const std::byte*>(&rows[block % 4]) + block / 4 * 16, 16);
    }
}

/// The blocks 0 and 1 of `nonce`, and those of `nonce` + 1.
[[gnu::always_inline]] inline void begin(const std::byte* key, std::uint64_t nonce,
                                         ChaChaBlocks<4>& to) {
    const auto low = [](std::uint64_t n) { return static_cast<std::uint32_t>(n); };
    const auto high = [](std::uint64_t n) { return static_cast<std::uint32_t>(n >> 32); };
    const Begun<FourLanes> begun{{0, 1, 0, 1},
                                 {low(nonce), low(nonce), low(nonce + 1), low(nonce + 1)},
                                 {high(nonce), high(nonce), high(nonce + 1), high(nonce + 1)}};
    make_blocks(key, begun, to);
}

/// Eight blocks of `nonce` from block `from` on.
[[gnu::always_inline]] inline void continue_with(const std::byte* key, std::uint64_t nonce,
                                                 std::uint32_t from, ChaChaBlocks<8>& to) {
    const Begun<EightLanes> begun{EightLanes{0, 1, 2, 3, 4, 5, 6, 7} + from,
                                  EightLanes{} + static_cast<std::uint32_t>(nonce),
                                  EightLanes{} + static_cast<std::uint32_t>(nonce >> 32)};
    make_blocks(key, begun, to);
}

#if defined(__x86_64__)
// Rotates in one instruction, and all of the state fits the registers.
__attribute__((target("avx512f,avx512vl"))) void begin_avx512(const std::byte* key,
                                                              std::uint64_t nonce,
                                                              ChaChaBlocks<4>& to) {
    begin(key, nonce, to);
}
__attribute__((target("avx512f,avx512vl"))) void continue_avx512(const std::byte* key,
                                                                 std::uint64_t nonce,
                                                                 std::uint32_t from,
                                                                 ChaChaBlocks<8>& to) {
    continue_with(key, nonce, from, to);
}
__attribute__((target("avx2"))) void continue_avx2(const std::byte* key, std::uint64_t nonce,
                                                   std::uint32_t from, ChaChaBlocks<8>& to) {
    continue_with(key, nonce, from, to);
}
#endif
void begin_anywhere(const std::byte* key, std::uint64_t nonce, ChaChaBlocks<4>& to) {
    begin(key, nonce, to);
}
void continue_anywhere(const std::byte* key, std::uint64_t nonce, std::uint32_t from,
                       ChaChaBlocks<8>& to) {
    continue_with(key, nonce, from, to);
}

}  // namespace

std::vector<BlockMaker> block_makers() {
    std::vector<BlockMaker> makers;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512vl") != 0)
        makers.push_back({"avx512vl", begin_avx512, continue_avx512});
    if (__builtin_cpu_supports("avx2") != 0)
        makers.push_back({"avx2", begin_anywhere, continue_avx2});
#endif
    makers.push_back({"anywhere", begin_anywhere, continue_anywhere});
    return makers;
}

const BlockMaker& best_block_maker() {
    static const auto best = block_makers().front();
    return best;
}

}  // namespace noise
