#include "translator/unanswered_shares.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace translator {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using namespace std::chrono_literals;

constexpr base::SteadyTime start{1h};

UnansweredShares of(std::uint32_t first, std::uint32_t count) {
    UnansweredShares shares;
    for (std::uint32_t i = 0; i < count; ++i)
        shares.add({.sequence_number = first + i, .ticket = {i + 1}, .sent_at = start + i * 1s});
    return shares;
}

std::vector<std::uint64_t> accepted(UnansweredShares& shares, std::uint32_t last,
                                    std::uint32_t count) {
    std::vector<std::uint64_t> tickets;
    const auto taken = shares.accept(
        last, count, [&](const auto& share) { tickets.push_back(share.ticket.value); });
    EXPECT_EQ(taken, tickets.size());
    return tickets;
}

TEST(UnansweredShares, ABatchAnswersAllUpToItsLast) {
    auto shares = of(1, 5);
    EXPECT_THAT(accepted(shares, 3, 3), ElementsAre(1, 2, 3));
    EXPECT_THAT(accepted(shares, 5, 2), ElementsAre(4, 5));
    EXPECT_TRUE(shares.is_empty());
}

TEST(UnansweredShares, WhatWasRejectedIsNotOfTheBatch) {
    auto shares = of(1, 5);
    UnansweredShares::Share share;
    ASSERT_TRUE(shares.take(2, share));
    EXPECT_EQ(share.ticket.value, 2U);
    EXPECT_FALSE(shares.take(2, share));
    EXPECT_THAT(accepted(shares, 5, 4), ElementsAre(1, 3, 4, 5));
}

TEST(UnansweredShares, OneThatABatchPassesOverKeepsWaitingForItsOwnAnswer) {
    auto shares = of(1, 3);
    EXPECT_THAT(accepted(shares, 3, 2), ElementsAre(2, 3));
    UnansweredShares::Share share;
    ASSERT_TRUE(shares.take(1, share));
    EXPECT_TRUE(shares.is_empty());
}

TEST(UnansweredShares, ABatchOfMoreThanThereAreTakesThoseThereAre) {
    auto shares = of(1, 2);
    EXPECT_THAT(accepted(shares, 2, 7), ElementsAre(1, 2));
    EXPECT_THAT(accepted(shares, 2, 1), IsEmpty());
    shares = of(10, 2);
    EXPECT_THAT(accepted(shares, 9, 1), IsEmpty());
}

TEST(UnansweredShares, NumbersWrapAround) {
    auto shares = of(0xffff'fffe, 4);
    EXPECT_THAT(accepted(shares, 0xffff'ffff, 2), ElementsAre(1, 2));
    UnansweredShares::Share share;
    ASSERT_TRUE(shares.take(0, share));
    EXPECT_THAT(accepted(shares, 1, 1), ElementsAre(4));
}

TEST(UnansweredShares, OldOnesExpire) {
    auto shares = of(1, 4);
    std::vector<std::uint64_t> tickets;
    shares.expire(start + 2s, [&](const auto& share) { tickets.push_back(share.ticket.value); });
    EXPECT_THAT(tickets, ElementsAre(1, 2));
    EXPECT_EQ(shares.oldest().ticket.value, 3U);
}

TEST(UnansweredShares, KeepsItsOrderOverThousandsOfBatches) {
    UnansweredShares shares;
    std::uint64_t answered = 0;
    for (std::uint32_t i = 1; i <= 10'000; ++i) {
        shares.add({.sequence_number = i, .ticket = {i}, .sent_at = start});
        if (i % 7 != 0) continue;
        shares.accept(i - 3, 1'000,
                      [&](const auto& share) { ASSERT_EQ(share.ticket.value, ++answered); });
    }
    EXPECT_EQ(answered, 10'000U - 10'000 % 7 - 3);
    EXPECT_EQ(shares.size(), 10'000 - answered);
}

}  // namespace
}  // namespace translator
