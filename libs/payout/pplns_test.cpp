#include "payout/pplns.h"

#include <gmock/gmock.h>

#include <numeric>

#include "payout/book_testing.h"
#include "payout/split.h"

namespace payout {
namespace {

using bitcoin::DifficultySum;
using testing::ElementsAre;

ShareOrder at(std::int64_t second, std::uint32_t index = 0) {
    return {day_begin + std::chrono::seconds{second}, 0, 0, 0, index};
}
const Work work{{.low = 100, .high = 0}, 840'000};

Block block_at(std::int64_t second, std::uint64_t reward = 1'000) {
    Block block;
    block.hash.value.bytes[0] = static_cast<std::uint8_t>(second);
    block.found_at = day_begin + std::chrono::seconds{second};
    block.reward_sat = reward;
    return block;
}

/// ann 60, ben 100, ann 80, cat 20, at seconds 1 to 4.
ShareBook small_book() {
    ShareBook book;
    book.add(at(1), "ann", bitcoin::Difficulty{60}, work);
    book.add(at(2), "ben", bitcoin::Difficulty{100}, work);
    book.add(at(3), "ann", bitcoin::Difficulty{80}, work);
    book.add(at(4), "cat", bitcoin::Difficulty{20}, work);
    book.finish();
    return book;
}

TEST(Pplns, CountsOfTheShareAtTheEdgeOnlyWhatIsInTheWindow) {
    // The last 200: cat's 20, ann's 80, ben's 100.
    auto paid = pay_pplns(small_book(), block_at(9), {.window = 2});
    ASSERT_TRUE(paid.has_value());
    EXPECT_THAT(paid->amounts_sat, ElementsAre(400, 500, 100));
    EXPECT_EQ(paid->filled, paid->window);
    // The last 100.
    paid = pay_pplns(small_book(), block_at(9), {.window = 1});
    EXPECT_THAT(paid->amounts_sat, ElementsAre(800, 0, 200));
    // Up to the third share, 200 of its 240: ann's 80, ben's 100, and 20 of ann's 60.
    paid = pay_pplns(small_book(), block_at(3), {.window = 2});
    EXPECT_THAT(paid->amounts_sat, ElementsAre(500, 500, 0));
}

TEST(Pplns, EndsTheWindowWithTheShareThatSolvedTheBlock) {
    auto book = small_book();
    auto block = block_at(9);
    book.add_solution(block.hash, at(2), {{.low = 60, .high = 0}, 1});
    const auto paid = pay_pplns(book, block, {.window = 2});
    ASSERT_TRUE(paid.has_value());
    EXPECT_EQ(paid->window.low, 120U) << "by the difficulty of its own template";
    // ben's 100 and 20 of ann's 60.
    EXPECT_THAT(paid->amounts_sat, ElementsAre(167, 833, 0));
}

TEST(Pplns, SaysHowFarAWindowIsFilled) {
    const auto paid = pay_pplns(small_book(), block_at(9), {.window = 10});
    ASSERT_TRUE(paid.has_value());
    EXPECT_EQ(paid->window.low, 1'000U);
    EXPECT_EQ(paid->filled.low, 260U);
    EXPECT_EQ(std::accumulate(paid->amounts_sat.begin(), paid->amounts_sat.end(), 0ULL), 1'000U);
}

TEST(Pplns, TakesTheFeeFirst) {
    const auto paid = pay_pplns(small_book(), block_at(9), {.window = 2, .fee_basis_points = 150});
    ASSERT_TRUE(paid.has_value());
    EXPECT_EQ(paid->fee_sat, 15U);
    EXPECT_THAT(paid->amounts_sat, ElementsAre(394, 493, 98));
}

TEST(Pplns, PaysNobodyForABlockBeforeAllShares) {
    EXPECT_FALSE(pay_pplns(small_book(), block_at(0), {}).has_value())
        << "how difficult it was nobody knows";
    auto book = small_book();
    const auto block = block_at(0);
    book.add_solution(block.hash, at(0), work);
    const auto paid = pay_pplns(book, block, {});
    ASSERT_TRUE(paid.has_value());
    EXPECT_EQ(paid->unearned_sat, 1'000U);
}

TEST(Pplns, IsExactForAnySharesInAnyOrderUpToExtremeDifficulty) {
    base::SeededRandom random{41};
    for (int round = 0; round < 150; ++round) {
        const DifficultySum network{.low = random.next_u64() >> random.next_u64() % 60,
                                    .high = round % 3 == 0 ? random.next_u64() >> 4 : 0};
        auto shares = random_shares(random, 300, network);
        const auto last = shares.back().order.received_at;
        Block block = block_at(0, random.next_u64() >> random.next_u64() % 60);
        block.found_at = last - std::chrono::seconds{random.next_u64() % 100};
        const PplnsRules rules{
            .window = static_cast<std::uint32_t>(1 + random.next_u64() % 8),
            .fee_basis_points = static_cast<std::uint32_t>(random.next_u64() % 10'001)};
        const auto paid = pay_pplns(book_of(shares), block, rules);
        ASSERT_TRUE(paid.has_value());
        // No sum below wraps: each step stays within the reward.
        std::uint64_t sum = paid->fee_sat + paid->unearned_sat;
        for (const auto amount : paid->amounts_sat) {
            ASSERT_LE(amount, block.reward_sat - sum);
            sum += amount;
        }
        ASSERT_EQ(sum, block.reward_sat);
        ASSERT_LE(paid->filled, paid->window);
        shuffle(shares, random);
        const auto again = pay_pplns(book_of(shares), block, rules);
        ASSERT_EQ(again->amounts_sat, paid->amounts_sat);
        ASSERT_EQ(again->scores, paid->scores);
    }
}

}  // namespace
}  // namespace payout
