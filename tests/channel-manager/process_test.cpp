#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdio>
#include <fstream>

#include "bus/codec.h"
#include "bus/gateway_bus.h"
#include "support/child.h"
#include "support/loop.h"
#include "support/redis_server.h"

namespace channel_manager {
namespace {

using test_support::Child;
using test_support::free_port;
using test_support::run_until;
using testing::HasSubstr;

class ChannelManagerProcess : public testing::Test {
  protected:
    ChannelManagerProcess() { write(""); }
    ~ChannelManagerProcess() override { std::remove(file_.c_str()); }

    void write(const std::string& more) {
        std::ofstream{file_} << "network = \"regtest\"\n"
                             << more
                             << "\n[listen]\ngrpc = \"127.0.0.1:0\"\nhttp = \"127.0.0.1:0\"\n"
                             << "[redis]\naddress = \"" << redis::to_string(redis_.address())
                             << "\"\n[bus]\ngateways = [\"127.0.0.1:" << bus_port_
                             << "\"]\n[templates]\nreplicas = [\"127.0.0.1:" << free_port()
                             << "\"]\n[payout]\nscript = \"51\"\n";
    }
    std::vector<std::string> command() const { return {CHANNEL_MANAGER, "--config", file_}; }

    test_support::RedisServer redis_{};
    std::uint16_t bus_port_ = free_port();
    std::string file_ = "/tmp/adit-channel-manager-" + std::to_string(bus_port_) + ".toml";
};

/// A gateway that gives one batch to the first worker that comes.
class OneBatchGateway {
  public:
    OneBatchGateway(boost::asio::io_context& io, zmq::context_t& context, std::uint16_t port)
        : bus_(io, context, "127.0.0.1:" + std::to_string(port),
               [this](const std::string& worker, const bus::ToGateway& message) {
                   if (const auto* ready = std::get_if<bus::Ready>(&message))
                       on_ready(worker, *ready);
                   if (const auto* result = std::get_if<bus::Result>(&message))
                       results.push_back(*result);
                   if (std::holds_alternative<bus::Goodbye>(message)) ++goodbyes;
               }) {}

    std::vector<bus::Ready> readies{};
    std::vector<bus::Result> results{};
    int goodbyes = 0;

  private:
    void on_ready(const std::string& worker, const bus::Ready& ready) {
        readies.push_back(ready);
        if (readies.size() > 1) return;
        bus_.send(worker, bus::encode(bus::Hello{mining::Epoch{3}, ""}));
        bus::Batch batch;
        batch.epoch = mining::Epoch{3};
        batch.sequence = 1;
        bus::ChannelOpen open;
        open.key = mining::ChannelKey{3U << 24U};
        open.user_identity = "miner";
        open.nominal_hash_rate = 1e9F;
        open.max_target = bitcoin::target_max();
        batch.events.push_back({0, open});
        bus_.send(worker, bus::encode(batch));
    }
    bus::GatewayBus bus_;
};

TEST_F(ChannelManagerProcess, OpensAChannelForAGatewayAndLeavesInPeace) {
    boost::asio::io_context io;
    zmq::context_t context;
    OneBatchGateway gateway{io, context, bus_port_};
    Child worker{command()};
    ASSERT_TRUE(run_until(io, [&gateway] { return !gateway.results.empty(); })) << worker.output();
    EXPECT_EQ(gateway.readies[0].partitions, 16U);
    ASSERT_EQ(gateway.results[0].opens.size(), 1U);
    EXPECT_EQ(gateway.results[0].opens[0].error_code, "");
    EXPECT_EQ(redis_.run({"XLEN", "{p0}:log"}), redis::Reply{1});
    EXPECT_EQ(*redis_.run({"ZCARD", "{pool}:members"}).integer(), 1);
    worker.signal(SIGTERM);
    ASSERT_TRUE(run_until(io, [&gateway] { return gateway.goodbyes == 1; }));
    EXPECT_EQ(worker.wait(), 0) << worker.output();
}

TEST_F(ChannelManagerProcess, DoesNotStartInAPoolOfAnotherShape) {
    redis_.run(
        {"HSET", "{pool}:config", "partitions", "16", "duplicate_key", std::string(64, 'a')});
    write("[pool]\npartitions = 8");
    Child worker{command()};
    EXPECT_EQ(worker.wait(), 1);
    EXPECT_THAT(worker.output(), HasSubstr("this pool has 16 partitions"));
}

TEST_F(ChannelManagerProcess, WaitsForARedisThatComesLater) {
    redis_.kill();
    boost::asio::io_context io;
    zmq::context_t context;
    OneBatchGateway gateway{io, context, bus_port_};
    Child worker{command()};
    run_until(io, [&worker] { return worker.output().find("redis is away") != std::string::npos; });
    redis_.start();
    EXPECT_TRUE(run_until(io, [&gateway] { return !gateway.results.empty(); })) << worker.output();
}

TEST_F(ChannelManagerProcess, EndsWhenAskedToAlsoWithoutRedis) {
    redis_.kill();
    boost::asio::io_context io;
    Child worker{command()};
    run_until(io, [&worker] { return worker.output().find("redis is away") != std::string::npos; });
    worker.signal(SIGTERM);
    EXPECT_EQ(worker.wait(), 0) << worker.output();
}

}  // namespace
}  // namespace channel_manager
