#include "bitcoin/sha256_shani.h"

#include <immintrin.h>

#include "bitcoin/sha256_constants.h"

namespace bitcoin {
namespace {

/// One message on its way: its state in the order that sha256rnds2 wants, and four groups of the
/// message schedule.
struct Lane {
    __m128i abef{};
    __m128i cdgh{};
    __m128i w[4]{};
};

[[gnu::always_inline]] inline __m128i load(const void* from) {
    return _mm_loadu_si128(static_cast<const __m128i*>(from));
}

[[gnu::always_inline]] inline void load_state(Lane& lane, const std::uint32_t* state) {
    const __m128i cdab = _mm_shuffle_epi32(load(state), 0xb1);
    const __m128i efgh = _mm_shuffle_epi32(load(state + 4), 0x1b);
    lane.abef = _mm_alignr_epi8(cdab, efgh, 8);
    lane.cdgh = _mm_blend_epi16(efgh, cdab, 0xf0);
}

[[gnu::always_inline]] inline void store_state(const Lane& lane, std::uint32_t* state) {
    const __m128i feba = _mm_shuffle_epi32(lane.abef, 0x1b);
    const __m128i dchg = _mm_shuffle_epi32(lane.cdgh, 0xb1);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(state), _mm_blend_epi16(feba, dchg, 0xf0));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(state + 4), _mm_alignr_epi8(dchg, feba, 8));
}

[[gnu::always_inline]] inline void load_block(Lane& lane, const std::uint8_t* block) {
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL);
    for (int i = 0; i < 4; ++i) lane.w[i] = _mm_shuffle_epi8(load(block + 16 * i), swap);
}

/// Four rounds, and before them the next four words of the schedule (FIPS 180-4, 6.2.2).
template <int group>
[[gnu::always_inline]] inline void rounds(Lane& lane) {
    __m128i& w = lane.w[group & 3];
    if constexpr (group >= 4) {
        const __m128i& last = lane.w[(group + 3) & 3];
        const __m128i seven_ago = _mm_alignr_epi8(last, lane.w[(group + 2) & 3], 4);
        w = _mm_sha256msg1_epu32(w, lane.w[(group + 1) & 3]);
        w = _mm_sha256msg2_epu32(_mm_add_epi32(w, seven_ago), last);
    }
    const __m128i wk = _mm_add_epi32(w, load(sha256_round_constants + 4 * group));
    lane.cdgh = _mm_sha256rnds2_epu32(lane.cdgh, lane.abef, wk);
    lane.abef = _mm_sha256rnds2_epu32(lane.abef, lane.cdgh, _mm_shuffle_epi32(wk, 0x0e));
}

template <int group, class... Lanes>
[[gnu::always_inline]] inline void all_rounds(Lanes&... lanes) {
    (rounds<group>(lanes), ...);
    if constexpr (group + 1 < 16) all_rounds<group + 1>(lanes...);
}

[[gnu::always_inline]] inline void add_state(Lane& lane, const Lane& before) {
    lane.abef = _mm_add_epi32(lane.abef, before.abef);
    lane.cdgh = _mm_add_epi32(lane.cdgh, before.cdgh);
}

}  // namespace

void shani_compress(std::uint32_t* state, const std::uint8_t* blocks, std::size_t count) {
    Lane lane;
    load_state(lane, state);
    for (std::size_t i = 0; i < count; ++i) {
        const Lane before = lane;
        load_block(lane, blocks + 64 * i);
        all_rounds<0>(lane);
        add_state(lane, before);
    }
    store_state(lane, state);
}

void shani_compress_pair(std::uint32_t* state_a, const std::uint8_t* blocks_a,
                         std::uint32_t* state_b, const std::uint8_t* blocks_b, std::size_t count) {
    Lane a;
    Lane b;
    load_state(a, state_a);
    load_state(b, state_b);
    for (std::size_t i = 0; i < count; ++i) {
        const Lane before_a = a;
        const Lane before_b = b;
        load_block(a, blocks_a + 64 * i);
        load_block(b, blocks_b + 64 * i);
        all_rounds<0>(a, b);
        add_state(a, before_a);
        add_state(b, before_b);
    }
    store_state(a, state_a);
    store_state(b, state_b);
}

}  // namespace bitcoin
