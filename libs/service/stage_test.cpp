#include "service/stage.h"

#include <gtest/gtest.h>

namespace service {
namespace {

using namespace std::chrono_literals;

TEST(Stage, IsStalledOnlyWhenItsOldestEntryWaitsTooLong) {
    base::ManualClock clock;
    Stage stage{"commit", 2s};
    EXPECT_FALSE(stage.is_stalled(clock.steady_now()));
    stage.publish(3, clock.steady_now());
    clock.advance(2s);
    EXPECT_FALSE(stage.is_stalled(clock.steady_now()));
    clock.advance(1us);
    EXPECT_TRUE(stage.is_stalled(clock.steady_now()));
    EXPECT_EQ(stage.age(clock.steady_now()), 2s + 1us);
    stage.publish(2, clock.steady_now());
    EXPECT_FALSE(stage.is_stalled(clock.steady_now()));
    clock.advance(1h);
    stage.publish_empty();
    EXPECT_FALSE(stage.is_stalled(clock.steady_now()));
    EXPECT_EQ(stage.age(clock.steady_now()), 0s);
}

}  // namespace
}  // namespace service
