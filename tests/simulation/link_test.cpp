#include "simulation/link.h"

#include <gtest/gtest.h>

#include <numeric>
#include <optional>
#include <vector>

#include "simulation/process_clock.h"

namespace simulation {
namespace {

using namespace std::chrono_literals;

class LinkTest : public testing::Test {
  protected:
    void send(int number) {
        link->send([this, number] { arrived.push_back(number); });
    }

    World world{1};
    Network network{world};
    Host a = network.host("a");
    Host b = network.host("b");
    Life receiver{world};
    std::optional<Link> link{std::in_place, network, a, b, receiver, 100};
    std::vector<int> arrived{};
};

TEST_F(LinkTest, KeepsTheOrder) {
    std::vector<int> sent(100);
    std::iota(sent.begin(), sent.end(), 0);
    for (const auto number : sent) send(number);
    EXPECT_FALSE(link->send([] {}));
    world.run_for(1s);
    EXPECT_EQ(arrived, sent);
    EXPECT_TRUE(link->send([] {}));
}

TEST_F(LinkTest, LosesWhatIsOnTheWayWhenItIsDestroyed) {
    send(1);
    link.reset();
    world.run_for(1s);
    EXPECT_TRUE(arrived.empty());
}

TEST_F(LinkTest, HoldsWhatIsOnTheWayWhileItsEndsAreParted) {
    network.part(a, b, 3s);
    send(1);
    send(2);
    world.run_for(2s);
    EXPECT_TRUE(arrived.empty());
    EXPECT_GT(link->stalled(), 1s);
    world.run_for(2s);
    EXPECT_EQ(arrived, (std::vector{1, 2}));
    EXPECT_EQ(link->stalled(), 0s);
}

TEST_F(LinkTest, DoesNotMindWhoElseIsParted) {
    network.part(a, network.host("c"), 1h);
    network.isolate(network.host("d"), 1h);
    send(1);
    world.run_for(100ms);
    EXPECT_EQ(arrived.size(), 1U);
    network.isolate(a, 1h);
    send(2);
    world.run_for(1min);
    EXPECT_EQ(arrived.size(), 1U);
    network.heal();
    world.run_for(100ms);
    EXPECT_EQ(arrived.size(), 2U);
}

TEST_F(LinkTest, WaitsForAReceiverThatIsFrozen) {
    receiver.freeze(2s);
    send(1);
    world.run_for(1s);
    EXPECT_TRUE(arrived.empty());
    world.run_for(2s);
    EXPECT_EQ(arrived.size(), 1U);
}

TEST_F(LinkTest, IsSlowerWhereTheNetworkIs) {
    network.slow_down(10'000, 1s);
    send(1);
    world.run_for(200ms);
    EXPECT_TRUE(arrived.empty());
    world.run_for(20min);
    EXPECT_EQ(arrived.size(), 1U);
}

TEST(ProcessClock, IsWrongByTheCalendarAlone) {
    World world{1};
    ProcessClock clock{world};
    const auto steady = clock.steady_now();
    clock.set_offset(-2h);
    EXPECT_EQ(clock.unix_now(), world.clock().unix_now() - 2h);
    EXPECT_EQ(clock.steady_now(), steady);
}

}  // namespace
}  // namespace simulation
