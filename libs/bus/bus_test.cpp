#include <gtest/gtest.h>

#include <array>

#include "base/clock.h"
#include "bus/codec.h"
#include "bus/gateway_bus.h"
#include "bus/worker_bus.h"

namespace bus {
namespace {

using namespace std::chrono_literals;

/// Runs the loop until the claim holds; far longer than it ever takes, also where each of thousands
/// of messages waits for its turn on a busy machine, is a failure.
template <class Claim>
bool run_until(boost::asio::io_context& loop, Claim claim) {
    const base::SystemClock clock;
    const auto end = clock.steady_now() + 2min;
    while (!claim() && clock.steady_now() < end) loop.run_one_for(100ms);
    return claim();
}

class BusTest : public testing::Test {
  protected:
    static constexpr const char* address = "127.0.0.1:*";

    static Ready ready() {
        return {.worker = {9},
                .version = bus_version,
                .derivation_versions = {1},
                .partitions = 16,
                .duplicate_key_fingerprint = 1,
                .credits = 4};
    }

    boost::asio::io_context loop{1};
    zmq::context_t context;
};

TEST_F(BusTest, AWorkerIsWelcomedAndEveryBatchComesBackWithItsResult) {
    std::string worker_id;
    int results = 0;
    constexpr int batches = 5000;
    GatewayBus gateway{loop, context, address,
                       [&](const std::string& worker, const ToGateway& message) {
                           if (std::holds_alternative<Ready>(message) && worker_id.empty()) {
                               worker_id = worker;
                               gateway.send(worker, encode(Hello{{5}, ""}));
                           } else if (std::holds_alternative<Result>(message)) {
                               if (++results < batches)
                                   gateway.send(worker_id, encode(Batch{.sequence = 1}));
                           }
                       }};
    bool is_met = false;
    WorkerBus* worker_bus = nullptr;
    WorkerBus worker{loop,
                     context,
                     ready(),
                     {.on_batch =
                          [&](WorkerBus::Gateway from, Batch batch, const std::string&) {
                              worker_bus->send(from, Result{.sequence = batch.sequence});
                          },
                      .on_refusal = [](WorkerBus::Gateway, const std::string&) { FAIL(); },
                      .on_hello =
                          [&](WorkerBus::Gateway, mining::Epoch epoch) {
                              EXPECT_EQ(epoch, mining::Epoch{5});
                              is_met = true;
                          }}};
    worker_bus = &worker;
    worker.set_gateways({gateway.address()});
    ASSERT_TRUE(run_until(loop, [&] { return is_met; }));
    EXPECT_EQ(worker.gateways_met(), 1U);
    gateway.send(worker_id, encode(Batch{.sequence = 1}));
    EXPECT_TRUE(run_until(loop, [&] { return results == batches; })) << results;
}

TEST_F(BusTest, AFrameForAWorkerThatIsGoneIsAnErrorNotSilence) {
    GatewayBus gateway{loop, context, address, [](const std::string&, const ToGateway&) {}};
    EXPECT_FALSE(gateway.send("nobody", "frame"));
}

TEST_F(BusTest, AnAddressInUseIsNamed) {
    zmq::socket_t holder{context, zmq::socket_type::router};
    holder.bind("tcp://127.0.0.1:*");
    const auto endpoint = holder.get(zmq::sockopt::last_endpoint).substr(6);
    try {
        const GatewayBus gateway{loop, context, endpoint,
                                 [](const std::string&, const ToGateway&) {}};
        FAIL() << "bound twice";
    } catch (const std::runtime_error& error) {
        EXPECT_NE(std::string{error.what()}.find(endpoint), std::string::npos) << error.what();
    }
}

TEST_F(BusTest, ARefusalReachesTheWorkerOnce) {
    GatewayBus gateway{loop, context, address, [&](const std::string& worker, const ToGateway&) {
                           gateway.send(worker, encode(Hello{{5}, "another duplicate key"}));
                       }};
    int refusals = 0;
    WorkerBus worker{loop,
                     context,
                     ready(),
                     {.on_batch = [](WorkerBus::Gateway, Batch, const std::string&) { FAIL(); },
                      .on_refusal =
                          [&](WorkerBus::Gateway, const std::string& reason) {
                              EXPECT_EQ(reason, "another duplicate key");
                              ++refusals;
                          },
                      .on_hello = [](WorkerBus::Gateway, mining::Epoch) { FAIL(); }}};
    worker.set_gateways({gateway.address()});
    ASSERT_TRUE(run_until(loop, [&] { return refusals == 1; }));
    EXPECT_EQ(worker.gateways_met(), 0U);
    EXPECT_EQ(worker.gateways_refusing(), 1U);
}

/// A gateway that welcomes whoever announces itself, and counts how often that is.
struct WelcomingGateway {
    WelcomingGateway(boost::asio::io_context& loop, zmq::context_t& context, std::uint64_t epoch)
        : bus(loop, context, "127.0.0.1:*",
              [this, epoch](const std::string& worker, const ToGateway& message) {
                  if (!std::holds_alternative<Ready>(message)) return;
                  ++announcements;
                  bus.send(worker, encode(Hello{{epoch}, ""}));
              }) {}
    int announcements = 0;
    GatewayBus bus;
};

TEST_F(BusTest, AWorkerFollowsTheGatewaysThatAreNamed) {
    std::vector<std::uint64_t> met;
    WorkerBus worker{
        loop,
        context,
        ready(),
        {.on_batch = [](WorkerBus::Gateway, Batch, const std::string&) { FAIL(); },
         .on_refusal = [](WorkerBus::Gateway, const std::string&) { FAIL(); },
         .on_hello = [&](WorkerBus::Gateway, mining::Epoch epoch) { met.push_back(epoch.value); }}};
    EXPECT_EQ(worker.gateways(), 0U);
    WelcomingGateway first{loop, context, 5};
    worker.set_gateways({first.bus.address()});
    ASSERT_TRUE(run_until(loop, [&] { return !met.empty(); }));
    WelcomingGateway second{loop, context, 6};
    worker.set_gateways({first.bus.address(), second.bus.address()});
    ASSERT_TRUE(run_until(loop, [&] { return worker.gateways_met() == 2; }));
    EXPECT_EQ(met.back(), 6U);
}

TEST_F(BusTest, AGatewayThatIsNamedNoMoreIsServedUntilItIsGone) {
    auto gone = std::make_unique<WelcomingGateway>(loop, context, 5);
    WorkerBus worker{loop,
                     context,
                     ready(),
                     {.on_batch = [](WorkerBus::Gateway, Batch, const std::string&) { FAIL(); },
                      .on_refusal = [](WorkerBus::Gateway, const std::string&) { FAIL(); },
                      .on_hello = [](WorkerBus::Gateway, mining::Epoch) {}}};
    worker.set_gateways({gone->bus.address()});
    ASSERT_TRUE(run_until(loop, [&] { return worker.gateways_met() == 1; }));
    worker.set_gateways({});
    const auto announced = gone->announcements;
    ASSERT_TRUE(run_until(loop, [&] { return gone->announcements > announced + 1; }))
        << "it may hold shares that wait for their verdicts";
    gone.reset();
    ASSERT_TRUE(run_until(loop, [&] { return worker.gateways() == 0; }));
    worker.send(0, Goodbye{{9}});  // to nobody
    EXPECT_EQ(worker.address_of(0), "");
}

}  // namespace
}  // namespace bus
