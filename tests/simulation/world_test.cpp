#include "simulation/world.h"

#include <gtest/gtest.h>

#include <vector>

namespace simulation {
namespace {

using namespace std::chrono_literals;

TEST(World, HasEventsInTheOrderOfTimeAndOfAsking) {
    World world{1};
    std::vector<int> seen;
    world.after(2ms, [&] { seen.push_back(3); });
    world.after(1ms, [&] {
        seen.push_back(1);
        world.after(0ms, [&] { seen.push_back(2); });
    });
    world.after(2ms, [&] { seen.push_back(4); });
    world.after(3ms, [&] { seen.push_back(5); });
    world.run_for(2ms);
    EXPECT_EQ(seen, (std::vector{1, 2, 3, 4}));
    EXPECT_EQ(world.age(), 2ms);
    world.run_for(1ms);
    EXPECT_EQ(seen.back(), 5);
}

TEST(World, StopsAtAViolation) {
    World world{1};
    bool went_on = false;
    world.after(1s, [&] { world.violation("I3", "credited twice"); });
    world.after(2s, [&] { went_on = true; });
    world.run_for(1h);
    EXPECT_FALSE(went_on);
    ASSERT_EQ(world.violations().size(), 1U);
    EXPECT_EQ(world.violations()[0].invariant, "I3");
    EXPECT_EQ(world.age(), 1s);
    EXPECT_NE(world.last_lines().back().find("credited twice"), std::string::npos);
}

TEST(World, KeepsTheLastLinesOfItsTrace) {
    World world{1};
    for (int i = 0; i < 1'000; ++i) world.trace("line {}", i);
    EXPECT_NE(world.last_lines().back().find("line 999"), std::string::npos);
    EXPECT_LT(world.last_lines().size(), 1'000U);
}

TEST(World, TellsRunsApartByWhatHappened) {
    const auto run = [](int number, std::chrono::milliseconds at) {
        World world{1};
        world.after(at, [&world, number] { world.trace("{}", number); });
        world.run_for(1s);
        return world.fingerprint();
    };
    EXPECT_EQ(run(1, 1ms), run(1, 1ms));
    EXPECT_NE(run(1, 1ms), run(2, 1ms));
    EXPECT_NE(run(1, 1ms), run(1, 2ms));
}

}  // namespace
}  // namespace simulation
