#include "vardiff/proposals.h"

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/random.h"
#include "rpc/target_client.h"

namespace vardiff {
namespace {

bitcoin::Target some_target() {
    bitcoin::Target target;
    target.value.bytes.fill(5);
    return target;
}

class ProposalsTest : public testing::Test {
  protected:
    // A gateway's client that asks the service over loopback.
    rpc::TargetClient client_of(Proposals& proposals) {
        int port = 0;
        grpc::ServerBuilder builder;
        builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
        builder.RegisterService(&proposals);
        server = builder.BuildAndStart();
        return rpc::TargetClient{loop, random, {.replicas = {"127.0.0.1:" + std::to_string(port)}}};
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
    std::unique_ptr<grpc::Server> server;
};

TEST_F(ProposalsTest, TellsEveryGatewayTheTargetForEveryChannel) {
    Proposals proposals{loop, some_target(), {}, metrics};
    auto client = client_of(proposals);
    int heard = 0;
    client.start([&](const auto& proposal) {
        EXPECT_EQ(proposal.target, some_target());
        ++heard;
    });
    EXPECT_TRUE(run_until([&] { return client.find(mining::ChannelKey{9}) == some_target(); }));
    EXPECT_EQ(heard, 1);
    EXPECT_NE(metrics.text().find("adit_vardiff_subscribers 1"), std::string::npos);
    proposals.close();
    server->Shutdown();
}

TEST_F(ProposalsTest, SendsAwayWhoIsTooMany) {
    Proposals proposals{loop, some_target(), {.queue_max = 1, .subscribers_max = 0}, metrics};
    auto client = client_of(proposals);
    client.start([](const auto&) { ADD_FAILURE() << "proposed to one too many"; });
    for (int i = 0; i < 10; ++i) loop.run_one_for(std::chrono::milliseconds{20});
    EXPECT_FALSE(client.find({}).has_value());
    proposals.close();
    server->Shutdown();
}

}  // namespace
}  // namespace vardiff
