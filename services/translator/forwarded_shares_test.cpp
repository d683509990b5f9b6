#include "translator/forwarded_shares.h"

#include <gtest/gtest.h>

namespace translator {
namespace {

ForwardedShares::Share share(std::uint64_t upstream) {
    return {.upstream = ShareTicket{upstream},
            .miner = ChannelHandle{upstream % 3},
            .ticket = ShareTicket{upstream + 1000},
            .since = base::SteadyTime{std::chrono::seconds{upstream}}};
}

TEST(ForwardedShares, EachIsFoundOnceInAnyOrder) {
    ForwardedShares shares;
    for (std::uint64_t ticket = 1; ticket <= 5; ++ticket) EXPECT_FALSE(shares.add(share(ticket)));
    for (const std::uint64_t ticket : {3U, 1U, 2U, 5U, 4U}) {
        const auto taken = shares.take(ShareTicket{ticket});
        ASSERT_TRUE(taken) << ticket;
        EXPECT_EQ(taken->ticket, ShareTicket{ticket + 1000});
        EXPECT_FALSE(shares.take(ShareTicket{ticket})) << "again";
    }
    EXPECT_EQ(shares.size(), 0U);
    EXPECT_FALSE(shares.take(ShareTicket{9}));
}

TEST(ForwardedShares, TheOldestWithoutAnAnswerMakesRoom) {
    ForwardedShares shares;
    for (std::uint64_t ticket = 1; ticket <= ForwardedShares::shares_max; ++ticket)
        EXPECT_FALSE(shares.add(share(ticket)));
    const auto given_up = shares.add(share(ForwardedShares::shares_max + 1));
    ASSERT_TRUE(given_up);
    EXPECT_EQ(given_up->upstream, ShareTicket{1});
    EXPECT_EQ(shares.size(), ForwardedShares::shares_max);
    EXPECT_FALSE(shares.take(ShareTicket{1})) << "its verdict comes too late";
}

TEST(ForwardedShares, ThoseThatNobodyAnswersAreTakenByAge) {
    ForwardedShares shares;
    for (std::uint64_t ticket = 1; ticket <= 4; ++ticket) shares.add(share(ticket));
    ASSERT_TRUE(shares.take(ShareTicket{2}));
    const base::SteadyTime fourth{std::chrono::seconds{4}};
    EXPECT_EQ(shares.take_sent_before(fourth)->upstream, ShareTicket{1});
    EXPECT_EQ(shares.take_sent_before(fourth)->upstream, ShareTicket{3});
    EXPECT_FALSE(shares.take_sent_before(fourth));
    EXPECT_EQ(shares.size(), 1U);
}

}  // namespace
}  // namespace translator
