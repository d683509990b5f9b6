#include "vardiff/rpc_service.h"

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/random.h"
#include "rpc/target_client.h"
#include "vardiff/book_testing.h"

namespace vardiff {
namespace {

bitcoin::Target some_target() {
    bitcoin::Target target;
    target.value.bytes.fill(5);
    return target;
}

/// Redis is away.
class NoRedis final : public redis::Client {
  public:
    void command(redis::Args, redis::Callback done) override {
        done(base::unexpected(redis::Error{}));
    }
    void command_then_wait(redis::Args, std::uint32_t, std::chrono::milliseconds,
                           redis::ReplicatedCallback done) override {
        done(base::unexpected(redis::Error{}));
    }
    void reconnect() override {}
    bool is_connected() const override { return false; }
};

class RpcServiceTest : public ::testing::Test {
  protected:
    void serve(std::optional<bitcoin::Target> common, ProposalHub::Limits limits = {}) {
        hub.emplace(
            common, [this](mining::Epoch) { return in_force; }, limits, metrics);
        service.emplace(loop, *hub, policies,
                        [](mining::ChannelKey) -> const ChannelTrack* { return nullptr; });
    }
    // A gateway's client that asks the service over loopback.
    rpc::TargetClient client() {
        int port = 0;
        grpc::ServerBuilder builder;
        builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
        builder.RegisterService(&*service);
        server = builder.BuildAndStart();
        return rpc::TargetClient{
            loop,
            random,
            {.replicas = {"127.0.0.1:" + std::to_string(port)}, .gateway_epoch = testing::epoch}};
    }
    bool run_until(const std::function<bool()>& claim) {
        const base::SystemClock clock;
        const auto deadline = clock.steady_now() + std::chrono::seconds{20};
        while (!claim()) {
            if (clock.steady_now() > deadline) return false;
            loop.run_one_for(std::chrono::milliseconds{50});
        }
        return true;
    }

    boost::asio::io_context loop;
    base::SeededRandom random{1};
    service::Registry metrics{"test", "0"};
    NoRedis redis;
    PolicyKeeper policies{loop, redis, {}};
    Proposals in_force;
    std::optional<ProposalHub> hub;
    std::optional<RpcService> service;
    std::unique_ptr<grpc::Server> server;
};

TEST_F(RpcServiceTest, TellsEveryGatewayTheTargetForEveryChannel) {
    serve(some_target());
    auto gateway = client();
    int heard = 0;
    gateway.start([&](const auto& proposal) {
        EXPECT_EQ(proposal.target, some_target());
        ++heard;
    });
    EXPECT_TRUE(run_until([&] { return gateway.find(mining::ChannelKey{9}) == some_target(); }));
    EXPECT_EQ(heard, 1);
    EXPECT_NE(metrics.text().find("adit_vardiff_subscribers 1"), std::string::npos);
    hub->close();
    server->Shutdown();
}

TEST_F(RpcServiceTest, TellsAGatewayWhatIsInForceAndThenWhatChangesForItsChannels) {
    in_force = {{testing::key(1), testing::of_hashes(100)}};
    serve(std::nullopt);
    auto gateway = client();
    std::vector<mining::ChannelKey> heard;
    gateway.start([&](const auto& proposal) { heard.push_back(proposal.channel); });
    ASSERT_TRUE(
        run_until([&] { return gateway.find(testing::key(1)) == testing::of_hashes(100); }));
    hub->push({{testing::key(2, mining::Epoch{8}), testing::of_hashes(1)},
               {testing::key(2), testing::of_hashes(200)},
               {testing::key(1), testing::of_hashes(300)}});
    ASSERT_TRUE(
        run_until([&] { return gateway.find(testing::key(1)) == testing::of_hashes(300); }));
    EXPECT_EQ(gateway.find(testing::key(2)), testing::of_hashes(200));
    EXPECT_EQ(heard.size(), 3U) << "and nothing of another gateway's";
    hub->close();
    server->Shutdown();
}

TEST_F(RpcServiceTest, SendsAwayWhoIsTooMany) {
    serve(some_target(), {.queue_max = 1, .subscribers_max = 0});
    auto gateway = client();
    gateway.start([](const auto&) { ADD_FAILURE() << "proposed to one too many"; });
    for (int i = 0; i < 10; ++i) loop.run_one_for(std::chrono::milliseconds{20});
    EXPECT_FALSE(gateway.find({}).has_value());
    hub->close();
    server->Shutdown();
}

}  // namespace
}  // namespace vardiff
