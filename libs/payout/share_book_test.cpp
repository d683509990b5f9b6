#include "payout/share_book.h"

#include <gmock/gmock.h>

#include "payout/book_testing.h"

namespace payout {
namespace {

using testing::ElementsAre;

TEST(ShareBook, IsTheSameInWhateverOrderSharesCome) {
    base::SeededRandom random{31};
    auto shares = random_shares(random, 200, {.low = 1ULL << 60, .high = 0});
    const auto book = book_of(shares);
    for (int round = 0; round < 20; ++round) {
        shuffle(shares, random);
        const auto other = book_of(shares);
        ASSERT_EQ(other.miners(), book.miners());
        ASSERT_EQ(other.works(), book.works());
        ASSERT_EQ(other.shares().size(), book.shares().size());
        for (std::size_t i = 0; i < book.shares().size(); ++i) {
            ASSERT_EQ(other.shares()[i].order, book.shares()[i].order);
            ASSERT_EQ(other.shares()[i].miner, book.shares()[i].miner);
            ASSERT_EQ(other.shares()[i].difficulty, book.shares()[i].difficulty);
        }
    }
}

TEST(ShareBook, HasAShareOnceThatComesTwice) {
    base::SeededRandom random{32};
    auto shares = random_shares(random, 50, {.low = 1ULL << 60, .high = 0});
    const auto again = shares;
    shares.insert(shares.end(), again.begin(), again.end());
    EXPECT_EQ(book_of(shares).shares().size(), 50U);
}

TEST(ShareBook, TakesTheWorkOfTheShareBeforeWhereOneDoesNotKnowItsOwn) {
    base::SeededRandom random{33};
    auto shares = random_shares(random, 4, {.low = 1ULL << 60, .high = 0});
    shares[0].work = {};
    shares[2].work = {};
    const auto book = book_of(shares);
    EXPECT_EQ(book.works()[book.shares()[0].work], Work{});
    EXPECT_EQ(book.works()[book.shares()[2].work], shares[1].work);
}

TEST(ShareBook, NumbersMinersByName) {
    ShareBook book;
    for (const auto* name : {"zoe", "al", "mia", "al"})
        book.add({.index = static_cast<std::uint32_t>(book.shares().size())}, name,
                 bitcoin::Difficulty{1}, {});
    book.finish();
    EXPECT_THAT(book.miners(), ElementsAre("al", "mia", "zoe"));
    EXPECT_EQ(book.shares()[0].miner, 2U);
}

}  // namespace
}  // namespace payout
