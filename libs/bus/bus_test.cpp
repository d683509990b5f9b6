#include <gtest/gtest.h>

#include <array>

#include "base/clock.h"
#include "bus/codec.h"
#include "bus/gateway_bus.h"
#include "bus/worker_bus.h"

namespace bus {
namespace {

using namespace std::chrono_literals;

/// Runs the loop until the claim holds; far longer than it ever takes is a failure.
template <class Claim>
bool run_until(boost::asio::io_context& loop, Claim claim) {
    const base::SystemClock clock;
    const auto end = clock.steady_now() + 20s;
    while (!claim() && clock.steady_now() < end) loop.run_one_for(100ms);
    return claim();
}

class BusTest : public testing::Test {
  protected:
    static constexpr const char* address = "127.0.0.1:*";

    WorkerBus::Settings settings(const std::string& gateway) {
        return {.gateways = {gateway},
                .ready = {.worker = {9},
                          .version = bus_version,
                          .derivation_versions = {1},
                          .partitions = 16,
                          .duplicate_key_fingerprint = 1,
                          .credits = 4}};
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
                     settings(gateway.address()),
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
                     settings(gateway.address()),
                     {.on_batch = [](WorkerBus::Gateway, Batch, const std::string&) { FAIL(); },
                      .on_refusal =
                          [&](WorkerBus::Gateway, const std::string& reason) {
                              EXPECT_EQ(reason, "another duplicate key");
                              ++refusals;
                          },
                      .on_hello = [](WorkerBus::Gateway, mining::Epoch) { FAIL(); }}};
    ASSERT_TRUE(run_until(loop, [&] { return refusals == 1; }));
    EXPECT_EQ(worker.gateways_met(), 0U);
}

}  // namespace
}  // namespace bus
