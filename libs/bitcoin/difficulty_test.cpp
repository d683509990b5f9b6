#include "bitcoin/difficulty.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "bitcoin/arith256.h"

namespace bitcoin {
namespace {

TEST(Difficulty, IsOneForTheFirstTargetThereWas) {
    EXPECT_EQ(difficulty_of(*expand_nbits(0x1d00ffff)).q32, std::uint64_t{1} << 32);
    EXPECT_EQ(difficulty_of(*expand_nbits(0x1d00ffff)).whole(), 1U);
}

TEST(Difficulty, KeepsFractions) {
    EXPECT_NEAR(difficulty_of(*target_for_hash_rate(1e14, 6)).to_double(), 232827.09, 0.01);
    EXPECT_EQ(difficulty_of(target_max()).q32, 0U);  // 65535 / 65536, rounded down
    EXPECT_EQ(difficulty_of(*expand_nbits(0x207fffff)).q32, 1U);
}

TEST(Difficulty, SaturatesWhereItsBitsEnd) {
    const Arith256 unit = Arith256{0xffff} << 240;
    const Arith256 edge = unit / Arith256{~std::uint64_t{0}};  // the last that still fits
    EXPECT_EQ(difficulty_of(Target{edge.to_uint256()}).q32, ~std::uint64_t{0});
    EXPECT_LT(difficulty_of(Target{(edge + Arith256{1} + (edge >> 63)).to_uint256()}).q32,
              ~std::uint64_t{0});
    EXPECT_EQ(difficulty_of(Target{Arith256{1}.to_uint256()}).q32, ~std::uint64_t{0});
    EXPECT_EQ(difficulty_of(Target{}).q32, ~std::uint64_t{0});
}

TEST(Difficulty, IsHigherForNoEasierTarget) {
    base::SeededRandom random{3};
    for (int i = 0; i < 500; ++i) {
        const Target a{(Arith256{random.next_u64()} << (random.next_u64() % 192)).to_uint256()};
        const Target b{(Arith256{random.next_u64()} << (random.next_u64() % 192)).to_uint256()};
        EXPECT_EQ(a <= b || difficulty_of(a) <= difficulty_of(b), true);
        EXPECT_EQ(b <= a || difficulty_of(b) <= difficulty_of(a), true);
    }
}

TEST(TargetOf, IsTheEasiestTargetOfAtLeastThatDifficulty) {
    base::SeededRandom random{4};
    for (int i = 0; i < 500; ++i) {
        const Difficulty difficulty{(random.next_u64() >> (random.next_u64() % 63)) | 1U};
        const Target target = target_of(difficulty);
        EXPECT_GE(difficulty_of(target), difficulty);
        const Arith256 easier = Arith256{target.value} + Arith256{1};
        EXPECT_LT(difficulty_of(Target{easier.to_uint256()}), difficulty) << difficulty.q32;
    }
    EXPECT_EQ(target_of(Difficulty{}), target_max());
}

TEST(DifficultySum, CarriesFractionsAndNeverOverflows) {
    DifficultySum sum;
    for (int i = 0; i < 3; ++i) sum += Difficulty{0x80000000};
    EXPECT_EQ(sum.whole(), 1U);
    EXPECT_EQ(sum.fraction(), Difficulty{0x80000000});

    sum = {};
    for (int i = 0; i < 3; ++i) sum += Difficulty{~std::uint64_t{0}};
    EXPECT_EQ(sum.high, 2U);
    EXPECT_EQ(sum.low, ~std::uint64_t{0} - 2);
    EXPECT_EQ(sum.whole(), 0x2ffffffffU);
    sum += sum;
    EXPECT_EQ(sum.high, 5U);

    EXPECT_EQ((DifficultySum{.low = 0, .high = std::uint64_t{1} << 32}).whole(), ~std::uint64_t{0});
    EXPECT_EQ((DifficultySum{.low = 0, .high = (std::uint64_t{1} << 32) - 1}).whole(),
              0xffffffff00000000U);
}

TEST(ApproximateDifficulty, HasNoEnd) {
    EXPECT_NEAR(approximate_difficulty(*expand_nbits(0x1d00ffff)), 1, 1e-9);
    // Block 800,000's, as explorers show it.
    EXPECT_NEAR(approximate_difficulty(*expand_nbits(0x17053894)) / 53'911'173'001'054.59, 1, 1e-9);
    EXPECT_EQ(difficulty_of(*expand_nbits(0x17053894)).q32, ~std::uint64_t{0}) << "which this has";
}

}  // namespace
}  // namespace bitcoin
