#include "rpc/target_client.h"

#include <adit/vardiff/v1/vardiff.grpc.pb.h>
#include <gtest/gtest.h>

#include "rpc/server_stream.h"
#include "rpc/template_codec.h"
#include "rpc/test_server.h"

namespace rpc {
namespace {

namespace proto = adit::vardiff::v1;
using Stream = ServerStream<proto::WatchTargetsResponse>;

bitcoin::Target target(std::uint8_t filled) {
    bitcoin::Target target;
    target.value.bytes.fill(filled);
    return target;
}

class FakeVardiff final : public proto::VardiffService::CallbackService {
  public:
    explicit FakeVardiff(boost::asio::io_context& loop) : mailbox_(loop), server_(*this, 0) {}
    // A server does not go before its calls do, and nobody takes those that come now.
    ~FakeVardiff() override {
        end_streams();
        mailbox_.close();
    }

    grpc::ServerWriteReactor<proto::WatchTargetsResponse>* WatchTargets(
        grpc::CallbackServerContext*, const proto::WatchTargetsRequest* request) override {
        return Stream::accept(mailbox_.sender(), [this, epoch = request->gateway_epoch()](
                                                     const std::shared_ptr<Stream>& stream) {
            gateway_epoch = epoch;
            auto responses = snapshot;
            responses.emplace_back().mutable_snapshot_end();
            streams_.push_back(stream);
            stream->begin(std::move(responses), 10, [] {});
        });
    }
    void push(proto::WatchTargetsResponse response) {
        for (auto& stream : streams_) stream->push(response);
    }
    void end_streams() {
        for (auto& stream : streams_) stream->finish({grpc::StatusCode::UNAVAILABLE, "test"});
        streams_.clear();
    }
    std::string address() const { return server_.address(); }

    std::vector<proto::WatchTargetsResponse> snapshot{};
    std::uint64_t gateway_epoch = 0;

  private:
    std::vector<std::shared_ptr<Stream>> streams_{};
    Mailbox mailbox_;
    TestServer server_;
};

proto::WatchTargetsResponse proposal(std::uint64_t channel, std::uint8_t filled) {
    proto::WatchTargetsResponse response;
    response.mutable_proposal()->set_channel_key(channel);
    response.mutable_proposal()->set_target(write_uint256(target(filled).value));
    return response;
}

class TargetClientTest : public testing::Test {
  protected:
    TargetClientTest() : vardiff(loop) {
        client.emplace(loop, random,
                       TargetClient::Options{.replicas = {vardiff.address()},
                                             .gateway_epoch = mining::Epoch{77},
                                             .proposals_max = 3,
                                             .backoff = {.first = std::chrono::milliseconds{5},
                                                         .last = std::chrono::milliseconds{50}}});
    }
    bool hear(std::size_t count) {
        return run_until(loop, [&] { return heard.size() >= count; });
    }
    void start() {
        client->start([this](const TargetProposal& proposed) { heard.push_back(proposed); });
    }

    boost::asio::io_context loop;
    base::SeededRandom random{1};
    FakeVardiff vardiff;
    std::optional<TargetClient> client;
    std::vector<TargetProposal> heard;
};

TEST_F(TargetClientTest, PrefersAChannelsOwnProposalToTheCommonOne) {
    vardiff.snapshot = {proposal(0, 1), proposal(5, 2)};
    start();
    ASSERT_TRUE(hear(2));
    ASSERT_TRUE(run_until(loop, [&] { return client->find(mining::ChannelKey{9}) == target(1); }));
    EXPECT_EQ(client->find(mining::ChannelKey{5}), target(2));
    EXPECT_EQ(vardiff.gateway_epoch, 77U);
}

TEST_F(TargetClientTest, KeepsWhatAReplicaProposedUntilAnotherOneIsThere) {
    vardiff.snapshot = {proposal(5, 2)};
    start();
    ASSERT_TRUE(run_until(loop, [&] { return client->find(mining::ChannelKey{5}) == target(2); }));
    client->set_replicas({});
    vardiff.end_streams();
    loop.run_for(std::chrono::milliseconds{200});
    EXPECT_EQ(client->find(mining::ChannelKey{5}), target(2)) << "nobody knows better";

    FakeVardiff other{loop};
    other.snapshot = {proposal(6, 3)};
    client->set_replicas({other.address()});
    ASSERT_TRUE(run_until(loop, [&] { return client->find(mining::ChannelKey{6}) == target(3); }));
    vardiff.end_streams();
    EXPECT_TRUE(run_until(loop, [&] { return !client->find(mining::ChannelKey{5}); }));
}

// Between two proposals of the same, the miner may have asked for harder shares, which it is given
// at once, and then permitted easier ones again; vardiff, which follows, says nothing of what is in
// force.
TEST_F(TargetClientTest, PassesOnWhatItIsToldThoughItWasToldTheSameBefore) {
    vardiff.snapshot = {proposal(5, 2)};
    start();
    ASSERT_TRUE(hear(1));
    ASSERT_TRUE(run_until(loop, [&] { return client->find(mining::ChannelKey{5}) == target(2); }));
    vardiff.push(proposal(5, 2));
    vardiff.push(proposal(5, 3));
    ASSERT_TRUE(hear(3));
    EXPECT_EQ(heard[1], heard[0]);
    EXPECT_EQ(heard[2].target, target(3));
}

// As when a partition goes to another replica and back.
TEST_F(TargetClientTest, HearsAgainOfWhatAnotherReplicaHasReplaced) {
    FakeVardiff other{loop};
    client->set_replicas({vardiff.address(), other.address()});
    vardiff.snapshot = {proposal(5, 2), proposal(0, 1)};
    other.snapshot = {proposal(0, 1)};
    start();
    ASSERT_TRUE(hear(3));
    other.push(proposal(5, 3));
    ASSERT_TRUE(hear(4));
    EXPECT_EQ(client->find(mining::ChannelKey{5}), target(3));
    vardiff.push(proposal(5, 2));
    ASSERT_TRUE(hear(5));
    EXPECT_EQ(heard[4].target, target(2));
    EXPECT_EQ(client->find(mining::ChannelKey{5}), target(2));
    other.end_streams();
    EXPECT_EQ(client->find(mining::ChannelKey{9}), target(1));
}

TEST_F(TargetClientTest, KeepsProposalsWhileVardiffIsAwayAndForgetsThoseItNoLongerMakes) {
    vardiff.snapshot = {proposal(0, 1), proposal(5, 2)};
    start();
    ASSERT_TRUE(run_until(loop, [&] { return client->find(mining::ChannelKey{5}) == target(2); }));
    vardiff.snapshot = {proposal(0, 1)};
    vardiff.end_streams();
    EXPECT_EQ(client->find(mining::ChannelKey{5}), target(2));
    ASSERT_TRUE(run_until(loop, [&] { return client->find(mining::ChannelKey{5}) == target(1); }));
    EXPECT_EQ(heard.size(), 3U);
}

// The channel may have been given another target meanwhile, because its miner asked for it.
TEST_F(TargetClientTest, HearsAgainOfAllThatIsInForceWhenAStreamBeginsAnew) {
    vardiff.snapshot = {proposal(5, 2), proposal(6, 3)};
    start();
    ASSERT_TRUE(hear(2));
    ASSERT_TRUE(run_until(loop, [&] { return client->find(mining::ChannelKey{6}).has_value(); }));
    vardiff.end_streams();
    ASSERT_TRUE(hear(4));
    EXPECT_EQ(heard[2], heard[0]);
    EXPECT_EQ(heard[3], heard[1]);
}

TEST_F(TargetClientTest, AsksAgainWhenATargetIsNone) {
    vardiff.snapshot = {proposal(0, 1)};
    vardiff.snapshot[0].mutable_proposal()->set_target("short");
    start();
    ASSERT_TRUE(run_until(loop, [&] { return vardiff.gateway_epoch == 77; }));
    vardiff.snapshot = {proposal(0, 4)};
    ASSERT_TRUE(hear(1));
    EXPECT_EQ(heard[0].target, target(4));
}

TEST_F(TargetClientTest, KeepsNoMoreThanItsBound) {
    for (std::uint8_t channel = 0; channel < 5; ++channel)
        vardiff.snapshot.push_back(proposal(channel + 1U, 2));
    start();
    ASSERT_TRUE(hear(5));
    ASSERT_TRUE(run_until(loop, [&] { return client->find(mining::ChannelKey{1}).has_value(); }));
    EXPECT_FALSE(client->find(mining::ChannelKey{5}).has_value());
    client->forget(mining::ChannelKey{1});
    EXPECT_FALSE(client->find(mining::ChannelKey{1}).has_value());
}

}  // namespace
}  // namespace rpc
