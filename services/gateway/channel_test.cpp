#include "gateway/channel.h"

#include <gtest/gtest.h>

#include "gateway/channel_keys.h"

namespace gateway {
namespace {

bitcoin::Target target(std::uint64_t difficulty) {
    return bitcoin::target_of(bitcoin::Difficulty{difficulty << 32});
}

TEST(TargetHistory, KnowsTheTargetOfEveryMomentThatAJobMayAskAbout) {
    TargetHistory history{10, target(1)};
    history.change(20, target(2));
    history.change(30, target(3));
    EXPECT_EQ(history.at(10), target(1));
    EXPECT_EQ(history.at(19), target(1));
    EXPECT_EQ(history.at(20), target(2));
    EXPECT_EQ(history.at(29), target(2));
    EXPECT_EQ(history.at(31), target(3));
    EXPECT_EQ(history.current(), target(3));
    history.forget_before(25);
    EXPECT_EQ(history.at(25), target(2)) << "what was in force then stays";
    EXPECT_EQ(history.at(30), target(3));
}

TEST(Acknowledgement, C178_SumsAreFlooredAndFractionsCarried) {
    constexpr bitcoin::Difficulty third{0x55555555};
    Acknowledgement acknowledgement;
    std::uint64_t told = 0;
    bitcoin::DifficultySum exact;
    for (std::uint32_t batch = 0; batch < 100; ++batch) {
        EXPECT_TRUE(acknowledgement.is_empty());
        for (std::uint32_t i = 0; i < 2; ++i) {
            acknowledgement.add(batch * 2 + i, third);
            exact += third;
        }
        const auto taken = acknowledgement.take();
        EXPECT_EQ(taken.count, 2U);
        EXPECT_EQ(taken.last_sequence_number, batch * 2 + 1);
        told += taken.whole_difficulty;
        EXPECT_EQ(told, exact.whole());
    }
    EXPECT_GT(told, 60U);
}

TEST(ChannelKeys, C110_C113_AreNeverGivenTwiceAndEndWithTheEpoch) {
    ChannelKeys keys{mining::Epoch{5}};
    const auto first = keys.next();
    const auto second = keys.next();
    ASSERT_TRUE(first && second);
    EXPECT_NE(*first, *second);
    EXPECT_EQ(first->epoch(), mining::Epoch{5});
    for (std::uint32_t given = 2; given < mining::counter_max; ++given) ASSERT_TRUE(keys.next());
    EXPECT_TRUE(keys.is_exhausted());
    EXPECT_EQ(keys.next(), std::nullopt);
}

}  // namespace
}  // namespace gateway
