#include "loadgen/sv1_stranger.h"

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace loadgen {
namespace {

using namespace std::chrono_literals;
using Kind = Sv1Stranger::Kind;

class Sv1StrangerTest : public testing::Test {
  protected:
    void connect(Sv1Stranger& peer) {
        peer.on_connecting(clock.steady_now());
        peer.on_connected(clock.steady_now(), out);
    }
    Peer::Wish tell(Sv1Stranger& peer, std::string_view text) {
        auto bytes = base::to_bytes(text);
        return peer.on_bytes(bytes, clock.steady_now(), out);
    }
    base::ManualClock clock{};
    Statistics statistics{clock.steady_now()};
    std::string out{};
};

TEST_F(Sv1StrangerTest, AStormSubscribesAndComesBackAtItsRate) {
    Sv1Stranger peer{Kind::storm, "bad", 1s, statistics};
    connect(peer);
    EXPECT_NE(out.find("mining.subscribe"), std::string::npos);
    EXPECT_EQ(out.find("mining.authorize"), std::string::npos);
    clock.advance(100ms);
    EXPECT_EQ(tell(peer, R"({"id":1,"res)"), Peer::Wish::stay);
    EXPECT_EQ(tell(peer, "ult\":null}\n"), Peer::Wish::leave);
    EXPECT_EQ(statistics.handshakes.max_us(), 100'000U);
    clock.advance(300ms);
    EXPECT_EQ(peer.on_left(clock.steady_now()), 600ms);
    EXPECT_EQ(statistics.hostile.at("storm").closed, 0U);
}

TEST_F(Sv1StrangerTest, ASlowReaderReadsLittleAndSeldom) {
    Sv1Stranger peer{Kind::slow_reader, "bad", {}, statistics};
    connect(peer);
    EXPECT_NE(out.find("mining.authorize"), std::string::npos);
    EXPECT_TRUE(peer.has_little_window());
    EXPECT_EQ(peer.read_size_max(), 512U);
    EXPECT_EQ(tell(peer, "{}\n"), Peer::Wish::stay);
    EXPECT_FALSE(peer.is_reading());
    EXPECT_EQ(peer.due(), clock.steady_now() + 250ms);
    clock.advance(250ms);
    peer.on_due(clock.steady_now(), out);
    EXPECT_TRUE(peer.is_reading());
    peer.on_lost("closed by the pool", clock.steady_now());
    peer.on_lost("connect: refused", clock.steady_now());
    EXPECT_EQ(statistics.hostile.at("slow-readers").closed, 1U);
}

}  // namespace
}  // namespace loadgen
