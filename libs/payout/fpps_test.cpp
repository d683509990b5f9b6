#include "payout/fpps.h"

#include <gmock/gmock.h>

#include <numeric>

#include "payout/book_testing.h"

namespace payout {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr base::UnixMicros begin = base::UnixMicros::min();
constexpr base::UnixMicros end = base::UnixMicros::max();
// The fourth halving is at 840,000.
constexpr std::uint64_t subsidy = 312'500'000;

ShareOrder at(std::int64_t second) {
    return {day_begin + std::chrono::seconds{second}, 0, 0, 0, 0};
}

TEST(Fpps, PaysItsPartOfSubsidyAndFees) {
    ShareBook book;
    const Work work{{.low = 1'000, .high = 0}, 840'000};
    book.add(at(1), "ann", bitcoin::Difficulty{10}, work);
    book.add(at(2), "ben", bitcoin::Difficulty{30}, work);
    book.finish();
    const auto paid = pay_fpps(book, begin, end, {.fees_sat = 500'000, .fee_basis_points = 200});
    ASSERT_TRUE(paid.has_value());
    EXPECT_EQ(paid->gross_sat, (subsidy + 500'000) * 40 / 1'000);
    EXPECT_EQ(paid->fee_sat, paid->gross_sat / 50);
    const auto net = paid->gross_sat - paid->fee_sat;
    EXPECT_THAT(paid->amounts_sat, ElementsAre(net / 4, net - net / 4));
}

TEST(Fpps, ValuesAShareByItsOwnTemplate) {
    ShareBook book;
    book.add(at(1), "ann", bitcoin::Difficulty{10}, {{.low = 1'000, .high = 0}, 839'999});
    book.add(at(2), "ann", bitcoin::Difficulty{10}, {{.low = 2'000, .high = 0}, 840'000});
    book.finish();
    const auto paid = pay_fpps(book, begin, end, {});
    ASSERT_TRUE(paid.has_value());
    ASSERT_EQ(paid->groups.size(), 2U);
    EXPECT_EQ(paid->gross_sat, 2 * subsidy / 100 + subsidy / 200);
}

TEST(Fpps, TakesTheSharesOfTheTimeAlone) {
    ShareBook book;
    const Work work{{.low = 1'000, .high = 0}, 840'000};
    for (int second = 1; second <= 4; ++second)
        book.add(at(second), "ann", bitcoin::Difficulty{1}, work);
    book.finish();
    const auto paid = pay_fpps(book, at(2).received_at, at(4).received_at, {});
    ASSERT_TRUE(paid.has_value());
    EXPECT_EQ(paid->gross_sat, subsidy * 2 / 1'000);
}

TEST(Fpps, RefusesWhatItCannotValue) {
    ShareBook unknown;
    unknown.add(at(1), "ann", bitcoin::Difficulty{10}, {});
    unknown.finish();
    const auto nothing = pay_fpps(unknown, begin, end, {});
    ASSERT_FALSE(nothing.has_value());
    EXPECT_THAT(nothing.error(), HasSubstr("height"));

    ShareBook easy;
    for (int second = 0; second < 100; ++second)
        easy.add(at(second), "ann", bitcoin::Difficulty{~std::uint64_t{0}},
                 {{.low = 1, .high = 0}, 1});
    easy.finish();
    const auto endless = pay_fpps(easy, begin, end, {});
    ASSERT_FALSE(endless.has_value());
    EXPECT_THAT(endless.error(), HasSubstr("test network"));
}

TEST(Fpps, IsExactForAnySharesInAnyOrder) {
    base::SeededRandom random{51};
    for (int round = 0; round < 150; ++round) {
        const bitcoin::DifficultySum network{.low = random.next_u64(),
                                             .high = random.next_u64() >> (1 + round % 60)};
        auto shares = random_shares(random, 300, network);
        const FppsRules rules{
            .fees_sat = random.next_u64() % 1'000'000'000,
            .fee_basis_points = static_cast<std::uint32_t>(random.next_u64() % 10'001)};
        const auto paid = pay_fpps(book_of(shares), begin, end, rules);
        ASSERT_TRUE(paid.has_value());
        const auto miners =
            std::accumulate(paid->amounts_sat.begin(), paid->amounts_sat.end(), std::uint64_t{0});
        ASSERT_EQ(miners + paid->fee_sat, paid->gross_sat);
        shuffle(shares, random);
        ASSERT_EQ(pay_fpps(book_of(shares), begin, end, rules)->amounts_sat, paid->amounts_sat);
    }
}

}  // namespace
}  // namespace payout
