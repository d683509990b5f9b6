#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "fake_channels.h"
#include "line_peer.h"
#include "support/loop.h"
#include "translator/miner_front.h"
#include "translator/miner_metrics.h"

namespace translator {
namespace {

using namespace std::chrono_literals;
using test_support::run_until;

/// A front on a real port whose clock a test winds.
class MinerFrontTest : public testing::Test {
  protected:
    MinerFrontTest() {
        // The clock stands still: nothing would ever be covered by a rate.
        limits.lines = {.per_second = 1'000'000, .burst = 1'000'000};
    }
    ~MinerFrontTest() override {
        if (front) front->close_all("test-over");
        loop.restart();
        while (front && !front->is_empty()) loop.run_one_for(20ms);
    }
    void open() {
        front = std::make_unique<MinerFront>(MinerFront::Parts{loop, clock, front_metrics, context},
                                             limits);
        front->listen({.host = "127.0.0.1", .port = 0}, "listen.address");
        front->open();
    }
    std::unique_ptr<LinePeer> connect(const char* address = "127.0.0.1",
                                      LinePeer::Link link = LinePeer::Link::usual) {
        const auto before = front->connections();
        auto peer = std::make_unique<LinePeer>(front->port(), address, link);
        EXPECT_TRUE(run_until(loop, [&] { return front->connections() > before; }));
        return peer;
    }
    std::unique_ptr<LinePeer> connect_and_mine(LinePeer::Link link = LinePeer::Link::usual) {
        auto peer = connect("127.0.0.1", link);
        peer->subscribe_and_authorize();
        EXPECT_TRUE(run_until(loop, [&] { return peer->has_heard("mining.notify\""); }));
        return peer;
    }
    std::uint64_t closed(const char* reason) {
        return front_metrics.connections_closed.with({reason}).value();
    }
    /// The offender is closed for this reason, and it alone.
    void expect_closed(const char* reason, std::size_t left) {
        EXPECT_TRUE(run_until(loop, [&] { return closed(reason) == 1; })) << reason;
        EXPECT_EQ(front->connections(), left);
    }
    /// It is there, and answered.
    void expect_served(LinePeer& peer) {
        peer.forget();
        peer.say("{\"id\":77,\"method\":\"mining.ping\",\"params\":[]}\n");
        EXPECT_TRUE(run_until(loop, [&] { return peer.has_heard("\"id\":77"); }));
    }

    boost::asio::io_context loop{1};
    base::ManualClock clock;
    base::SeededRandom random{1};
    service::Registry registry{"translator", "test"};
    FrontMetrics front_metrics{registry};
    MinerMetrics miner_metrics{registry};
    MinerSettings settings;
    FakeChannels channels{loop};
    MinerContext context{channels, settings, miner_metrics, random, clock};
    FrontLimits limits;
    std::unique_ptr<MinerFront> front;
};

TEST_F(MinerFrontTest, AMinerMinesHoweverItsLinesArrive) {
    open();
    const auto whole = connect_and_mine();
    const auto crumbs = connect();
    for (const char byte :
         std::string{"{\"id\":1,\"method\":\"mining.subscribe\",\"params\":[]}\r\n"
                     "{\"id\":2,\"method\":\"mining.authorize\",\"params\":[\"c\",\"\"]}\n"}) {
        crumbs->say({&byte, 1});
        loop.poll();
        loop.restart();
    }
    EXPECT_TRUE(run_until(loop, [&] { return crumbs->has_heard("mining.notify\""); }));
    EXPECT_EQ(channels.channels(), 2U);
    whole->forget();
    channels.new_tip();
    EXPECT_TRUE(run_until(loop, [&] { return whole->has_heard("mining.notify\""); }));
}

TEST_F(MinerFrontTest, ASilentConnectionEnds) {
    open();
    const auto good = connect_and_mine();
    const auto silent = connect();
    clock.advance(29s);
    loop.run_for(1100ms);
    EXPECT_EQ(front->connections(), 2U);
    clock.advance(2s);
    expect_closed("first-line-deadline", 1);
    EXPECT_TRUE(silent->is_over());
    expect_served(*good);
}

TEST_F(MinerFrontTest, WhoNeverSubscribesEnds) {
    open();
    const auto good = connect_and_mine();
    const auto talker = connect();
    expect_served(*talker);
    clock.advance(61s);
    expect_closed("subscribe-deadline", 1);
}

TEST_F(MinerFrontTest, HalfALineHasADeadline) {
    open();
    const auto good = connect_and_mine();
    const auto slow = connect_and_mine();
    slow->say("{\"id\":3,\"method\":");
    loop.run_for(50ms);
    clock.advance(31s);
    expect_closed("line-deadline", 1);
    expect_served(*good);
}

TEST_F(MinerFrontTest, AMinerMayBeSilentForLong) {
    open();
    const auto miner = connect_and_mine();
    clock.advance(24h);
    loop.run_for(1100ms);
    EXPECT_EQ(front->connections(), 1U);
}

TEST_F(MinerFrontTest, ALineWithoutAnEndEnds) {
    open();
    const auto good = connect_and_mine();
    const auto endless = connect();
    for (int i = 0; i < 20; ++i) {
        endless->say(std::string(1024, 'x'));
        loop.run_for(1ms);
    }
    expect_closed("line-too-long", 1);
    expect_served(*good);
}

TEST_F(MinerFrontTest, TlsOnThePlainPortIsKnown) {
    open();
    const auto miner = connect();
    miner->say("\x16\x03\x01\x02");
    expect_closed("tls-to-plain-port", 0);
}

TEST_F(MinerFrontTest, AnAddressHasItsBoundOfConnections) {
    limits.connections_per_address_max = 4;
    open();
    std::vector<std::unique_ptr<LinePeer>> peers;
    for (int i = 0; i < 4; ++i) peers.push_back(connect());
    LinePeer one_too_many{front->port()};
    EXPECT_TRUE(run_until(loop, [&] { return closed("too-many-of-address") == 1; }));
    EXPECT_TRUE(run_until(loop, [&] { return one_too_many.is_over(); }));
    peers.push_back(connect("127.0.0.2"));
    EXPECT_EQ(front->connections(), 5U);
    peers.clear();
    EXPECT_TRUE(run_until(loop, [&] { return front->connections() == 0; }));
    for (int i = 0; i < 4; ++i) peers.push_back(connect());
    EXPECT_EQ(front->connections(), 4U) << "places come back";
}

TEST_F(MinerFrontTest, AllTogetherHaveTheirBoundToo) {
    limits.connections_max = 2;
    open();
    const auto first = connect_and_mine();
    const auto second = connect_and_mine();
    const LinePeer third{front->port()};
    expect_closed("too-many-connections", 2);
    expect_served(*first);
}

TEST_F(MinerFrontTest, AThousandSilentConnectionsPushOutEachOtherAndNoMiner) {
    limits.silent_max = 8;
    open();
    const auto miner = connect_and_mine();
    std::vector<std::unique_ptr<LinePeer>> silent;
    for (int i = 0; i < 200; ++i) silent.push_back(std::make_unique<LinePeer>(front->port()));
    EXPECT_TRUE(run_until(loop, [&] { return closed("crowded-out") == 192; }));
    EXPECT_EQ(front->connections(), 9U);
    EXPECT_TRUE(silent.front()->is_over()) << "the oldest goes";
    expect_served(*miner);
    // One that speaks at once has its place all the same.
    const auto newcomer = std::make_unique<LinePeer>(front->port());
    newcomer->subscribe_and_authorize();
    EXPECT_TRUE(run_until(loop, [&] { return newcomer->has_heard("mining.notify\""); }));
}

TEST_F(MinerFrontTest, AFloodIsReadAtItsPaceAndCostsNobodyElse) {
    limits.lines = {.per_second = 10, .burst = 20};
    open();
    const auto good = connect_and_mine();
    const auto flood = connect_and_mine();
    flood->forget();
    std::string lines;
    for (int i = 0; i < 1000; ++i) lines += "{\"id\":5,\"method\":\"mining.ping\",\"params\":[]}\n";
    flood->say(lines);
    loop.run_for(200ms);
    const auto answered = [&] {
        std::size_t count = 0;
        const auto& heard = flood->heard();
        for (auto at = heard.find("\"id\":5"); at != std::string::npos;
             at = heard.find("\"id\":5", at + 1))
            ++count;
        return count;
    };
    // What is read is read in bites of 4 KiB, so the last one may go beyond the burst.
    EXPECT_GE(answered(), 20U);
    EXPECT_LE(answered(), 120U);
    EXPECT_EQ(front_metrics.paced.value(), 1U);
    expect_served(*good);
    const auto before = answered();
    clock.advance(15s);
    EXPECT_TRUE(run_until(loop, [&] { return answered() > before; })) << "it goes on in time";
    EXPECT_EQ(front->connections(), 2U);
}

TEST_F(MinerFrontTest, WhoNeverReadsIsSparedRefreshesAndLosesItsConnection) {
    limits.send_queue_max = 128 * 1024;
    open();
    const auto good = connect_and_mine();
    const auto deaf = connect_and_mine(LinePeer::Link::narrow);
    // The kernel takes its share first; then the queue fills up to the point where jobs of the same
    // tip are no use any more.
    const auto skipped = [&] { return miner_metrics.jobs_skipped.value(); };
    for (int i = 0; i < 10'000 && skipped() == 0; ++i) {
        channels.refresh();
        loop.poll();
        loop.restart();
        good->forget();
        good->heard();
    }
    EXPECT_GT(skipped(), 0U);
    EXPECT_EQ(front->connections(), 2U);
    EXPECT_LE(front->queues().unsent_bytes, limits.send_queue_max / 2);
    for (int i = 0; i < 10'000 && front->connections() == 2; ++i) {
        channels.new_tip();
        loop.poll();
        loop.restart();
        good->forget();
        good->heard();
    }
    expect_closed("slow-reader", 1);
    expect_served(*good);
}

TEST_F(MinerFrontTest, WhoStopsReadingIsFoundByTheTimeItTakes) {
    open();
    const auto good = connect_and_mine();
    const auto deaf = connect_and_mine(LinePeer::Link::narrow);
    for (int i = 0; i < 10'000 && !front->queues().unsent_since; ++i) {
        channels.new_tip();
        loop.poll();
        loop.restart();
        good->forget();
        good->heard();
    }
    ASSERT_TRUE(front->queues().unsent_since);
    clock.advance(31s);
    expect_closed("write-stall", 1);
    expect_served(*good);
}

TEST_F(MinerFrontTest, WithoutAPoolNobodyIsTakenIn) {
    open();
    front->set_serving(false);
    LinePeer late{front->port()};
    EXPECT_TRUE(run_until(loop, [&] { return closed("no-pool") == 1; }));
    EXPECT_TRUE(run_until(loop, [&] { return late.is_over(); }));
    front->set_serving(true);
    connect_and_mine();
}

TEST_F(MinerFrontTest, WhoIsGoneLeavesNoChannelBehindForLong) {
    open();
    auto miner = connect_and_mine();
    miner.reset();
    expect_closed("by-miner", 0);
    EXPECT_TRUE(run_until(loop, [&] { return front->is_empty(); }));
    EXPECT_EQ(context.sessions.size(), 1U) << "it may come back";
    clock.advance(31s);
    context.on_time();
    EXPECT_EQ(channels.channels(), 0U);
}

TEST_F(MinerFrontTest, AnIdleMinerHoldsLittle) {
    open();
    std::vector<std::unique_ptr<LinePeer>> miners;
    for (int i = 0; i < 20; ++i) miners.push_back(connect_and_mine());
    loop.run_for(20ms);
    EXPECT_LT(front->memory() / miners.size(), 6'000U) << "ours; the pool's side comes on top";
    EXPECT_EQ(front->queues().unsent_bytes, 0U);
}

TEST_F(MinerFrontTest, BehindAProxyTheHeaderSaysWhoItIs) {
    limits.proxies = {base::parse_ip_network("127.0.0.2").value()};
    limits.connections_per_address_max = 1;
    open();
    std::vector<std::unique_ptr<LinePeer>> peers;
    for (const auto* address : {"192.0.2.1", "192.0.2.2"}) {
        auto& peer = *peers.emplace_back(connect("127.0.0.2"));
        const auto header = std::string{"PROXY TCP4 "} + address + " 10.0.0.1 1000 3333\r\n";
        for (const char byte : header.substr(0, 20)) {
            peer.say({&byte, 1});
            loop.poll();
            loop.restart();
        }
        peer.say(header.substr(20));
        peer.subscribe_and_authorize();
        EXPECT_TRUE(run_until(loop, [&] { return peer.has_heard("mining.notify\""); })) << address;
    }
    std::vector<std::string> addresses;
    front->for_each([&](MinerConnection& connection) {
        addresses.push_back(base::to_string(connection.peer().address));
    });
    EXPECT_EQ(addresses, (std::vector<std::string>{"192.0.2.1", "192.0.2.2"}));
    const auto same = connect("127.0.0.2");
    same->say("PROXY TCP4 192.0.2.1 10.0.0.1 1000 3333\r\n");
    expect_closed("too-many-of-address", 2);
    const auto headless = connect("127.0.0.2");
    headless->subscribe_and_authorize();
    expect_closed("proxy-header-missing", 2);
    const auto half = connect("127.0.0.2");
    half->say("PROXY TCP4 ");
    loop.run_for(20ms);
    clock.advance(11s);
    expect_closed("handshake-deadline", 2);
}

}  // namespace
}  // namespace translator
