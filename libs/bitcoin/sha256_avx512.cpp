#include "bitcoin/sha256_avx512.h"

#include <immintrin.h>

#include "bitcoin/sha256_constants.h"

namespace bitcoin {
namespace {

/// A word of each lane's message or state.
using Word = __m512i;

constexpr std::uint32_t initial_state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                            0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
constexpr std::uint32_t padding_begin = 0x80000000;

constexpr std::uint32_t rotated(std::uint32_t word, int by) {
    return (word >> by) | (word << (32 - by));
}

/// The block that pads a message of 64 bytes is always the same: its whole schedule, with the
/// round constants added.
struct PaddingRounds {
    alignas(64) std::uint32_t words[64]{};

    constexpr PaddingRounds() {
        words[0] = padding_begin;
        words[15] = 512;
        for (int i = 16; i < 64; ++i) {
            const std::uint32_t two = words[i - 2];
            const std::uint32_t fifteen = words[i - 15];
            words[i] = words[i - 16] + words[i - 7] +
                       (rotated(two, 17) ^ rotated(two, 19) ^ (two >> 10)) +
                       (rotated(fifteen, 7) ^ rotated(fifteen, 18) ^ (fifteen >> 3));
        }
        for (int i = 0; i < 64; ++i) words[i] += sha256_round_constants[i];
    }
};
constexpr PaddingRounds padding_rounds;

[[gnu::always_inline]] inline Word all(std::uint32_t value) {
    return _mm512_set1_epi32(static_cast<int>(value));
}
[[gnu::always_inline]] inline Word sum(Word a, Word b) {
    return _mm512_add_epi32(a, b);
}
[[gnu::always_inline]] inline Word xor3(Word a, Word b, Word c) {
    return _mm512_ternarylogic_epi32(a, b, c, 0x96);
}

/// FIPS 180-4, 6.2.2, step 3. The variables a to h stay where they are and change their names:
/// in round i, a is state[-i mod 8].
template <int i>
[[gnu::always_inline]] inline void one_round(Word (&state)[8], Word word_and_constant) {
    const Word a = state[(0 - i) & 7];
    const Word e = state[(4 - i) & 7];
    Word& d = state[(3 - i) & 7];
    Word& h = state[(7 - i) & 7];
    const Word sigma1 =
        xor3(_mm512_ror_epi32(e, 6), _mm512_ror_epi32(e, 11), _mm512_ror_epi32(e, 25));
    const Word ch = _mm512_ternarylogic_epi32(e, state[(5 - i) & 7], state[(6 - i) & 7], 0xca);
    const Word t1 = sum(sum(h, word_and_constant), sum(sigma1, ch));
    const Word sigma0 =
        xor3(_mm512_ror_epi32(a, 2), _mm512_ror_epi32(a, 13), _mm512_ror_epi32(a, 22));
    const Word maj = _mm512_ternarylogic_epi32(a, state[(1 - i) & 7], state[(2 - i) & 7], 0xe8);
    d = sum(d, t1);
    h = sum(t1, sum(sigma0, maj));
}

template <int i>
[[gnu::always_inline]] inline void all_rounds(Word (&state)[8], Word (&w)[16]) {
    if constexpr (i >= 16) {
        const Word two = w[(i - 2) & 15];
        const Word fifteen = w[(i - 15) & 15];
        const Word sigma1 =
            xor3(_mm512_ror_epi32(two, 17), _mm512_ror_epi32(two, 19), _mm512_srli_epi32(two, 10));
        const Word sigma0 = xor3(_mm512_ror_epi32(fifteen, 7), _mm512_ror_epi32(fifteen, 18),
                                 _mm512_srli_epi32(fifteen, 3));
        w[i & 15] = sum(sum(w[i & 15], w[(i - 7) & 15]), sum(sigma1, sigma0));
    }
    one_round<i>(state, sum(w[i & 15], all(sha256_round_constants[i])));
    if constexpr (i + 1 < 64) all_rounds<i + 1>(state, w);
}

template <int i>
[[gnu::always_inline]] inline void all_padding_rounds(Word (&state)[8]) {
    one_round<i>(state, all(padding_rounds.words[i]));
    if constexpr (i + 1 < 64) all_padding_rounds<i + 1>(state);
}

[[gnu::always_inline]] inline void begin(Word (&state)[8]) {
    for (int i = 0; i < 8; ++i) state[i] = all(initial_state[i]);
}

/// Not inlined: 64 rounds are some kilobytes, and both callers have several of them.
[[gnu::noinline]] void compress(Word (&state)[8], Word (&w)[16]) {
    Word now[8];
    for (int i = 0; i < 8; ++i) now[i] = state[i];
    Word words[16];
    for (int i = 0; i < 16; ++i) words[i] = w[i];
    all_rounds<0>(now, words);
    for (int i = 0; i < 8; ++i) state[i] = sum(state[i], now[i]);
}

[[gnu::noinline]] void compress_padding(Word (&state)[8]) {
    Word now[8];
    for (int i = 0; i < 8; ++i) now[i] = state[i];
    all_padding_rounds<0>(now);
    for (int i = 0; i < 8; ++i) state[i] = sum(state[i], now[i]);
}

/// The digest in `state` becomes the digest of itself.
[[gnu::always_inline]] inline void hash_digest(Word (&state)[8]) {
    Word w[16];
    for (int i = 0; i < 8; ++i) w[i] = state[i];
    w[8] = all(padding_begin);
    for (int i = 9; i < 15; ++i) w[i] = _mm512_setzero_si512();
    w[15] = all(256);
    begin(state);
    compress(state, w);
}

[[gnu::always_inline]] inline Word swapped(Word words) {
    const Word order = _mm512_set4_epi32(0x0c0d0e0f, 0x08090a0b, 0x04050607, 0x00010203);
    return _mm512_shuffle_epi8(words, order);
}

/// Sixteen rows of sixteen words become columns.
[[gnu::always_inline]] inline void transpose(Word (&r)[16]) {
    Word t[16];
    for (int i = 0; i < 16; i += 2) {
        t[i] = _mm512_unpacklo_epi32(r[i], r[i + 1]);
        t[i + 1] = _mm512_unpackhi_epi32(r[i], r[i + 1]);
    }
    Word u[16];
    for (int i = 0; i < 16; i += 4) {
        u[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
        u[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
        u[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
        u[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
    }
    for (int j = 0; j < 4; ++j) {
        const Word even_low = _mm512_shuffle_i32x4(u[j], u[4 + j], 0x88);
        const Word odd_low = _mm512_shuffle_i32x4(u[j], u[4 + j], 0xdd);
        const Word even_high = _mm512_shuffle_i32x4(u[8 + j], u[12 + j], 0x88);
        const Word odd_high = _mm512_shuffle_i32x4(u[8 + j], u[12 + j], 0xdd);
        r[j] = _mm512_shuffle_i32x4(even_low, even_high, 0x88);
        r[4 + j] = _mm512_shuffle_i32x4(odd_low, odd_high, 0x88);
        r[8 + j] = _mm512_shuffle_i32x4(even_low, even_high, 0xdd);
        r[12 + j] = _mm512_shuffle_i32x4(odd_low, odd_high, 0xdd);
    }
}

/// Eight words of each lane, as they lie in memory.
[[gnu::always_inline]] inline void load_eight(Word (&to)[16], const void* const* from) {
    for (int lane = 0; lane < 16; ++lane)
        to[lane] =
            _mm512_castsi256_si512(_mm256_loadu_si256(static_cast<const __m256i*>(from[lane])));
    transpose(to);
}

[[gnu::always_inline]] inline void store_digests(const Word (&state)[8], std::uint8_t* const* to) {
    Word rows[16];
    for (int i = 0; i < 8; ++i) rows[i] = swapped(state[i]);
    for (int i = 8; i < 16; ++i) rows[i] = _mm512_setzero_si512();
    transpose(rows);
    for (int lane = 0; lane < 16; ++lane)
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(to[lane]),
                            _mm512_castsi512_si256(rows[lane]));
}

/// The right halves of one level: mostly the lanes are of one template and have them in common.
[[gnu::always_inline]] inline void load_rights(Word (&w)[16], const std::uint8_t* const* paths,
                                               std::size_t level, bool is_common) {
    if (is_common) {
        for (std::size_t i = 0; i < 8; ++i) {
            std::uint32_t word = 0;
            __builtin_memcpy(&word, paths[0] + 32 * level + 4 * i, 4);
            w[8 + i] = all(__builtin_bswap32(word));
        }
        return;
    }
    const void* rights[16];
    for (int lane = 0; lane < 16; ++lane) rights[lane] = paths[lane] + 32 * level;
    Word rows[16];
    load_eight(rows, rights);
    for (int i = 0; i < 8; ++i) w[8 + i] = swapped(rows[i]);
}

}  // namespace

void avx512_finish_double(const std::uint32_t* const* states, const std::uint8_t* const* blocks,
                          std::size_t count, std::uint8_t* const* hashes) {
    const void* from[16];
    for (int lane = 0; lane < 16; ++lane) from[lane] = states[lane];
    Word w[16];
    load_eight(w, from);
    Word state[8];
    for (int i = 0; i < 8; ++i) state[i] = w[i];
    for (std::size_t block = 0; block < count; ++block) {
        for (int lane = 0; lane < 16; ++lane)
            w[lane] = swapped(_mm512_loadu_si512(blocks[lane] + 64 * block));
        transpose(w);
        compress(state, w);
    }
    hash_digest(state);
    store_digests(state, hashes);
    _mm256_zeroupper();
}

void avx512_fold(std::uint8_t* const* nodes, const std::uint8_t* const* paths, std::size_t levels) {
    bool is_common = true;
    for (int lane = 1; lane < 16; ++lane) is_common = is_common && paths[lane] == paths[0];
    const void* from[16];
    for (int lane = 0; lane < 16; ++lane) from[lane] = nodes[lane];
    Word w[16];
    load_eight(w, from);
    Word state[8];
    for (int i = 0; i < 8; ++i) state[i] = swapped(w[i]);
    for (std::size_t level = 0; level < levels; ++level) {
        for (int i = 0; i < 8; ++i) w[i] = state[i];
        load_rights(w, paths, level, is_common);
        begin(state);
        compress(state, w);
        compress_padding(state);
        hash_digest(state);
    }
    store_digests(state, nodes);
    _mm256_zeroupper();
}

}  // namespace bitcoin
