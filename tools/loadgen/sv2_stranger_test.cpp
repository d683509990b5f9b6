#include "loadgen/sv2_stranger.h"

#include <gtest/gtest.h>

#include "loadgen/sv2_pool_testing.h"

namespace loadgen {
namespace {

using namespace std::chrono_literals;
using Kind = Sv2Stranger::Kind;

class Sv2StrangerTest : public ::testing::Test {
  protected:
    void open(testing::PoolEnd& pool) {
        pool.set_up();
        const auto opens = pool.heard_as<sv2::OpenStandardMiningChannel>();
        ASSERT_EQ(opens.size(), 1U);
        pool.tell(sv2::OpenStandardMiningChannelSuccess{.request_id = opens[0].request_id,
                                                        .channel_id = sv2::ChannelId{1}});
    }
    testing::World world{};
};

TEST_F(Sv2StrangerTest, AStormShakesHandsAndComesBackAtItsRate) {
    Sv2Stranger peer{Kind::storm, "bad", 1s, world.context};
    testing::PoolEnd pool{peer, world.clock};
    pool.accept();
    EXPECT_EQ(pool.wish, Peer::Wish::leave);
    world.clock.advance(300ms);
    EXPECT_EQ(peer.on_left(world.clock.steady_now()), 700ms);
    EXPECT_EQ(world.statistics.handshakes.count(), 1U);
    EXPECT_EQ(world.statistics.hostile.at("storm").connections, 1U);
    EXPECT_EQ(world.statistics.hostile.at("storm").closed, 0U);
}

TEST_F(Sv2StrangerTest, WhoNeverReadsGoesOnAsking) {
    Sv2Stranger peer{Kind::never_reads, "bad", {}, world.context};
    testing::PoolEnd pool{peer, world.clock};
    EXPECT_TRUE(peer.is_reading());
    open(pool);
    EXPECT_FALSE(peer.is_reading());
    pool.pass(world.clock, 1s);
    EXPECT_NEAR(static_cast<double>(pool.heard_as<sv2::UpdateChannel>().size()), 200, 8);
    EXPECT_FALSE(peer.is_reading());
}

TEST_F(Sv2StrangerTest, ASlowReaderReadsALittleNowAndThen) {
    Sv2Stranger peer{Kind::slow_reader, "bad", {}, world.context};
    testing::PoolEnd pool{peer, world.clock};
    open(pool);
    EXPECT_FALSE(peer.is_reading());
    EXPECT_EQ(peer.read_size_max(), 512U);
    pool.pass(world.clock, 250ms);
    EXPECT_TRUE(peer.is_reading());
    pool.tell(sv2::SetTarget{.channel_id = sv2::ChannelId{1}});
    EXPECT_FALSE(peer.is_reading());
}

}  // namespace
}  // namespace loadgen
