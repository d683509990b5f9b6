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
