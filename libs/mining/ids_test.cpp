#include "mining/ids.h"

#include <gtest/gtest.h>

#include "base/hex.h"

namespace mining {
namespace {

TEST(ChannelKey, IsEpochAndCounterMostSignificantByteFirst) {
    const auto key = ChannelKey::of(Epoch{0x0102030405}, 0x060708);
    ASSERT_TRUE(key.has_value());
    EXPECT_EQ(base::to_hex(key->to_bytes()), "0102030405060708");
    EXPECT_EQ(ChannelKey::from_bytes(key->to_bytes()), *key);
    EXPECT_EQ(key->epoch(), Epoch{0x0102030405});
    EXPECT_EQ(key->counter(), 0x060708U);
}

TEST(ChannelKey, RefusesWhatDoesNotFit) {
    EXPECT_TRUE(ChannelKey::of(Epoch{epoch_max}, counter_max).has_value());
    EXPECT_FALSE(ChannelKey::of(Epoch{epoch_max + 1}, 0).has_value());
    EXPECT_FALSE(ChannelKey::of(Epoch{0}, counter_max + 1).has_value());
}

TEST(TemplateRef, OrdersByLeaderThenSequence) {
    const auto first = *TemplateRef::of(Epoch{1}, counter_max);
    const auto second = *TemplateRef::of(Epoch{2}, 0);
    EXPECT_LT(first, second);
    EXPECT_LT(first.to_bytes(), second.to_bytes());
    EXPECT_EQ(TemplateRef::from_bytes(second.to_bytes()), second);
    EXPECT_EQ(first.epoch(), Epoch{1});
    EXPECT_EQ(first.sequence(), counter_max);
    EXPECT_FALSE(TemplateRef::of(Epoch{1}, counter_max + 1).has_value());
}

}  // namespace
}  // namespace mining
