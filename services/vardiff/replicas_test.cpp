#include "vardiff/replicas.h"

#include <gtest/gtest.h>

#include <map>

namespace vardiff {
namespace {

TEST(ReplicaFor, EveryReplicaGetsAboutItsShareWhateverTheOrder) {
    std::map<std::uint64_t, int> partitions;
    for (std::uint32_t partition = 0; partition < 300; ++partition) {
        const auto chosen = replica_for(partition, {11, 12, 13});
        EXPECT_EQ(replica_for(partition, {13, 11, 12}), chosen);
        ++partitions[chosen];
    }
    ASSERT_EQ(partitions.size(), 3U);
    for (const auto& [replica, count] : partitions) EXPECT_GT(count, 60) << replica;
}

TEST(ReplicaFor, OneThatGoesMovesItsOwnPartitionsAlone) {
    for (std::uint32_t partition = 0; partition < 100; ++partition) {
        const auto before = replica_for(partition, {11, 12, 13});
        if (before != 12) {
            EXPECT_EQ(replica_for(partition, {11, 13}), before);
        }
    }
}

}  // namespace
}  // namespace vardiff
