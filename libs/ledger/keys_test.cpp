#include "ledger/keys.h"

#include <gtest/gtest.h>

namespace ledger {
namespace {

TEST(Keys, APartitionsKeysShareItsHashTag) {
    EXPECT_EQ(keys::partition_prefix(7), "{p7}:");
    EXPECT_EQ(keys::gateways(7), "{p7}:gw");
    EXPECT_EQ(keys::log(15), "{p15}:log");
    EXPECT_EQ(keys::log_bytes(15), "{p15}:log:bytes");
    EXPECT_EQ(keys::readers(15), "{p15}:readers");
    EXPECT_EQ(keys::tips(0), "{p0}:tips");
    EXPECT_EQ(keys::channel(7, mining::ChannelKey{0x0123456789abcdef}), "{p7}:ch:0123456789abcdef");
}

TEST(Keys, ATipIsNamedByBytesThatProofOfWorkLeavesRandom) {
    bitcoin::BlockHash tip;
    for (std::uint8_t i = 0; i < 24; ++i) tip.value.bytes[i] = static_cast<std::uint8_t>(i + 1);
    EXPECT_EQ(keys::tip_name(tip), "0102030405060708");
}

}  // namespace
}  // namespace ledger
