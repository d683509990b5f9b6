#include "redis/slot.h"

#include <gtest/gtest.h>

namespace redis {
namespace {

TEST(SlotOf, IsWhatRedisSays) {
    // Redis 7.0.15, CLUSTER KEYSLOT; the first is the check value of CRC-16/XMODEM, 0x31c3.
    const struct {
        const char* key;
        std::uint16_t slot;
    } cases[] = {
        {"123456789", 0x31c3},
        {"", 0},
        {"foo", 12182},
        {"bar", 5061},
        {"{user1000}.following", 3443},
        {"{user1000}.followers", 3443},
        {"user1000", 3443},
    };
    for (const auto& [key, slot] : cases) EXPECT_EQ(slot_of(key), slot) << key;
}

TEST(SlotOf, ReadsTheFirstTagOnly) {
    EXPECT_EQ(slot_of("{p7}:log"), slot_of("p7"));
    EXPECT_EQ(slot_of("{p7}:seen:{p8}"), slot_of("p7"));
    EXPECT_EQ(slot_of("foo{bar}{zap}"), slot_of("bar"));
    EXPECT_EQ(slot_of("foo{{bar}}zap"), slot_of("{bar"));
    // Nothing between the braces, or no end of them: the whole key counts.
    EXPECT_EQ(slot_of("foo{}{bar}"), 8363);
    EXPECT_NE(slot_of("foo{}{bar}"), slot_of("bar"));
    EXPECT_NE(slot_of("{p7"), slot_of("p7"));
    EXPECT_NE(slot_of("p7}"), slot_of("p7"));
}

TEST(SlotOf, SpreadsTheTagsOfAPool) {
    // Of 16 partitions each third of the slots has some: three primaries share the work.
    int in_third[3] = {};
    for (int partition = 0; partition < 16; ++partition)
        ++in_third[slot_of("{p" + std::to_string(partition) + "}:log") / 5462];
    for (const auto partitions : in_third) EXPECT_GE(partitions, 2);
}

}  // namespace
}  // namespace redis
