#include "simulation/life.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace simulation {
namespace {

using namespace std::chrono_literals;

TEST(Life, TakesWhatIsDueAlongWhenItEnds) {
    World world{1};
    std::optional<Life> life{std::in_place, world};
    int events = 0;
    life->after(1s, [&] { ++events; });
    life->after(3s, [&] { ++events; });
    life->every(1s, [&] { ++events; });
    world.after(2500ms, [&] { life.reset(); });
    world.run_for(10s);
    EXPECT_EQ(events, 3);
}

TEST(Life, MayBeEndedByItsOwnEvent) {
    World world{1};
    std::optional<Life> life{std::in_place, world};
    int events = 0;
    life->every(1s, [&] {
        ++events;
        life.reset();
    });
    world.run_for(10s);
    EXPECT_EQ(events, 1);
}

TEST(Life, DoesLateAndInOrderWhatCameDueWhileItWasFrozen) {
    World world{1};
    Life life{world};
    std::vector<int> seen;
    std::vector<std::chrono::microseconds> at;
    const auto event = [&](int number) {
        return [&, number] {
            seen.push_back(number);
            at.push_back(world.age());
        };
    };
    world.after(1s, [&] { life.freeze(4s); });
    life.after(2s, event(1));
    life.after(3s, event(2));
    life.after(6s, event(3));
    world.run_for(10s);
    EXPECT_EQ(seen, (std::vector{1, 2, 3}));
    EXPECT_EQ(at, (std::vector<std::chrono::microseconds>{5s, 5s, 6s}));
}

}  // namespace
}  // namespace simulation
