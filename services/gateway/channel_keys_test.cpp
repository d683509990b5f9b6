#include "gateway/channel_keys.h"

#include <gtest/gtest.h>

namespace gateway {
namespace {

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
