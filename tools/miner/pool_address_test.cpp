#include "miner/pool_address.h"

#include <gtest/gtest.h>

namespace miner {
namespace {

TEST(PoolAddress, C088_KeepsWhatReconnectLeavesOut) {
    const PoolAddress home{.host = "pool.example", .port = 1};
    EXPECT_EQ(home.moved_to("", 0).host, "pool.example");
    EXPECT_EQ(home.moved_to("", 0).port, 1);
    EXPECT_EQ(home.moved_to("other", 0).host, "other");
    EXPECT_EQ(home.moved_to("", 7).port, 7);
}

}  // namespace
}  // namespace miner
