#include "payout/split.h"

#include <gmock/gmock.h>

#include <numeric>

#include "base/random.h"
#include "bitcoin/arith256.h"

namespace payout {
namespace {

using bitcoin::DifficultySum;
using testing::ElementsAre;

DifficultySum score(std::uint64_t low, std::uint64_t high = 0) {
    return {low, high};
}

TEST(Split, GivesWhatIsLeftToTheLargestRemainders) {
    EXPECT_THAT(split(10, {score(1), score(1), score(1)}), ElementsAre(4, 3, 3));
    EXPECT_THAT(split(10, {score(5), score(3), score(2)}), ElementsAre(5, 3, 2));
    EXPECT_THAT(split(7, {score(1), score(2), score(4)}), ElementsAre(1, 2, 4));
    // 3.57, 1.42: the larger remainder goes first.
    EXPECT_THAT(split(5, {score(5), score(2)}), ElementsAre(4, 1));
    EXPECT_THAT(split(1, {score(0), score(1), score(1)}), ElementsAre(0, 1, 0));
}

TEST(Split, GivesNobodyAnythingWhereNobodyHasAScore) {
    EXPECT_THAT(split(10, {}), ElementsAre());
    EXPECT_THAT(split(10, {score(0), score(0)}), ElementsAre(0, 0));
    EXPECT_THAT(split(0, {score(3), score(4)}), ElementsAre(0, 0));
}

TEST(Split, AddsUpToTheSatoshiWhateverTheScores) {
    base::SeededRandom random{21};
    const auto below = [&](std::uint64_t bound) { return random.next_u64() % bound; };
    for (int round = 0; round < 3'000; ++round) {
        const std::uint64_t total = below(3) == 0 ? random.next_u64() : below(5'000'000'000);
        std::vector<DifficultySum> scores(1 + below(40));
        const auto shift = below(64);
        for (auto& of : scores) {
            of.low = random.next_u64() >> shift;
            // Up to 2^121 each: forty of them stay below 2^128.
            of.high = below(2) == 0 ? 0 : random.next_u64() >> (7 + below(57));
            if (below(5) == 0) of = {};
        }
        DifficultySum sum;
        for (const auto& of : scores) sum += of;
        const auto amounts = split(total, scores);
        std::uint64_t paid = 0;
        for (const auto amount : amounts) {
            ASSERT_LE(amount, total - paid);
            paid += amount;
        }
        ASSERT_EQ(paid, sum == DifficultySum{} ? 0 : total);
        for (std::size_t i = 0; i < scores.size(); ++i) {
            if (scores[i] == DifficultySum{}) {
                ASSERT_EQ(amounts[i], 0U) << "for nothing";
                continue;
            }
            const auto exact = *share_of(total, scores[i], sum);
            ASSERT_GE(amounts[i], exact);
            ASSERT_LE(amounts[i], exact + 1) << "a satoshi more than the rounding";
        }
    }
}

TEST(Split, HoldsAtTheEndsOfItsRange) {
    constexpr auto most = ~std::uint64_t{0};
    EXPECT_THAT(split(most, {score(most, most)}), ElementsAre(most));
    EXPECT_THAT(split(most, {score(most, most >> 1), score(0, most >> 1)}),
                ElementsAre(most / 2 + 1, most / 2));
    EXPECT_THAT(split(most, {score(1), score(most, most - 1)}), ElementsAre(0, most));
}

TEST(NetworkDifficulty, IsInTheUnitsOfAShare) {
    const auto one = *bitcoin::expand_nbits(0x1d00ffff);
    EXPECT_EQ(network_difficulty(one), score(std::uint64_t{1} << 32));
    // Of 2024: far above what a share's 64 bits hold.
    const auto main = network_difficulty(*bitcoin::expand_nbits(0x17034219));
    EXPECT_EQ(main.whole(), 86'388'558'925'171ULL);
    // Of regtest: below one unit's worth, and still not nothing.
    EXPECT_EQ(network_difficulty(*bitcoin::expand_nbits(0x207fffff)), score(1));
    EXPECT_EQ(network_difficulty(bitcoin::target_max()), score(1));
    EXPECT_EQ(network_difficulty(bitcoin::Target{}), score(~std::uint64_t{0}, ~std::uint64_t{0}));
}

TEST(ShareOf, SaysWhereItDoesNotFit) {
    EXPECT_EQ(share_of(100, score(1), score(3)), 33U);
    EXPECT_EQ(share_of(100, score(0), score(3)), 0U);
    EXPECT_FALSE(share_of(100, score(1), score(0)));
    EXPECT_FALSE(share_of(2, score(0, 1), score(1)));
}

TEST(BasisPoints, AreRoundedDown) {
    EXPECT_EQ(basis_points_of(312'500'000, 150), 4'687'500U);
    EXPECT_EQ(basis_points_of(99, 100), 0U);
    EXPECT_EQ(basis_points_of(~std::uint64_t{0}, 10'000), ~std::uint64_t{0});
}

}  // namespace
}  // namespace payout
