#include "template/zmq_blocks.h"

#include <gtest/gtest.h>

#include "base/clock.h"

namespace templates {
namespace {

using namespace std::chrono_literals;

bitcoin::BlockHash block(std::uint8_t number) {
    bitcoin::BlockHash hash;
    hash.value.bytes[0] = number;
    return hash;
}

std::string printed(const bitcoin::BlockHash& hash) {
    const auto& bytes = hash.value.bytes;
    return {bytes.rbegin(), bytes.rend()};
}

std::string le(std::uint32_t number) {
    std::string text(sizeof number, '\0');
    for (auto& c : text) {
        c = static_cast<char>(number & 0xff);
        number >>= 8;
    }
    return text;
}

TEST(ReadAnnouncement, ReadsTopicHashAndSequence) {
    const std::vector<std::string> good{"hashblock", printed(block(7)), le(0x01020304)};
    EXPECT_EQ(read_announcement(good), (AnnouncedBlock{.hash = block(7), .sequence = 0x01020304}));
    for (std::size_t frame = 0; frame < 3; ++frame) {
        auto bad = good;
        bad[frame] += "x";
        EXPECT_EQ(read_announcement(bad), std::nullopt);
        bad[frame].clear();
        EXPECT_EQ(read_announcement(bad), std::nullopt);
    }
    EXPECT_EQ(read_announcement({}), std::nullopt);
}

// Against a real publisher, which is what a node has.
class ZmqBlocksTest : public testing::Test {
  protected:
    void publish() {
        publisher = zmq::socket_t{context, zmq::socket_type::pub};
        publisher.set(zmq::sockopt::linger, 0);
        publisher.bind(endpoint);
        endpoint = publisher.get(zmq::sockopt::last_endpoint);
    }
    void announce(std::uint8_t number, std::uint32_t sequence) {
        publisher.send(zmq::buffer(std::string_view{"hashblock"}), zmq::send_flags::sndmore);
        publisher.send(zmq::buffer(printed(block(number))), zmq::send_flags::sndmore);
        publisher.send(zmq::buffer(le(sequence)), zmq::send_flags::none);
    }
    /// A subscription takes a moment to reach the publisher: announces until it is heard.
    std::uint32_t announce_until_heard(ZmqBlocks& blocks, std::uint8_t number) {
        for (std::uint32_t sequence = 0; sequence < 1000; ++sequence) {
            announce(number, sequence);
            loop.restart();
            loop.run_for(20ms);
            if (blocks.is_alive() && !heard.empty()) return sequence;
        }
        ADD_FAILURE() << "nothing was heard";
        return 0;
    }
    template <class Claim>
    void run_until(Claim claim) {
        const base::SystemClock clock;
        const auto end = clock.steady_now() + 20s;
        loop.restart();
        while (!claim() && clock.steady_now() < end) loop.run_one_for(100ms);
        EXPECT_TRUE(claim());
    }
    ZmqBlocks::Callbacks callbacks() {
        return {.on_block = [this](const auto& hash) { heard.push_back(hash); },
                .on_doubt = [this] { ++doubts; },
                .on_change = [this] { ++changes; }};
    }

    boost::asio::io_context loop{1};
    zmq::context_t context{1};
    zmq::socket_t publisher{};
    std::string endpoint = "tcp://127.0.0.1:*";
    std::vector<bitcoin::BlockHash> heard;
    int doubts = 0;
    int changes = 0;
};

TEST_F(ZmqBlocksTest, HearsBlocksAndNoticesAGap) {
    publish();
    ZmqBlocks blocks{loop, endpoint, callbacks()};
    EXPECT_FALSE(blocks.is_alive());
    const auto sequence = announce_until_heard(blocks, 1);
    EXPECT_EQ(heard.back(), block(1));
    heard.clear();
    doubts = 0;
    announce(2, sequence + 1);
    run_until([&] { return heard == std::vector{block(2)}; });
    EXPECT_EQ(doubts, 0);
    announce(3, sequence + 3);
    run_until([&] { return heard == std::vector{block(2), block(3)}; });
    EXPECT_EQ(doubts, 1);
}

TEST_F(ZmqBlocksTest, DoubtsWhenThePublisherComesBack) {
    publish();
    ZmqBlocks blocks{loop, endpoint, callbacks()};
    run_until([&] { return blocks.is_alive(); });
    EXPECT_EQ(doubts, 1) << "what came before the subscription was not heard";
    publisher.close();
    run_until([&] { return !blocks.is_alive(); });
    publish();
    run_until([&] { return blocks.is_alive(); });
    EXPECT_EQ(doubts, 2);
}

TEST_F(ZmqBlocksTest, SubscribesAgainWhenOthersHearWhatItDoesNot) {
    publish();
    ZmqBlocks blocks{loop, endpoint, callbacks()};
    announce_until_heard(blocks, 1);
    blocks.expect(block(1));
    EXPECT_TRUE(blocks.is_alive());
    blocks.expect(block(2));
    run_until([&] { return !blocks.is_alive(); });
    heard.clear();
    announce_until_heard(blocks, 3);
    EXPECT_TRUE(blocks.is_alive());
}

TEST_F(ZmqBlocksTest, AnAddressThatIsNoneIsOnlyDead) {
    ZmqBlocks blocks{loop, "tcp://no such host:1", callbacks()};
    loop.run_for(50ms);
    EXPECT_FALSE(blocks.is_alive());
}

}  // namespace
}  // namespace templates
