#include "service/stage.h"

#include <gtest/gtest.h>

#include <thread>

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

TEST(Stage, NamesItsOldestEntryWhileItWaits) {
    Stage stage{"ledger", 2s};
    EXPECT_EQ(stage.waiting().entry.text(), "");
    stage.publish(3, {}, StageEntry{"batch", 812}.of("partition", 3).of("gateway", 5).of("x", 1));
    EXPECT_EQ(stage.waiting().depth, 3U);
    EXPECT_EQ(stage.waiting().entry.text(), "batch 812 of partition 3 of gateway 5");
    stage.publish(3, {}, {"partition", 1});
    EXPECT_EQ(stage.waiting().entry.text(), "partition 1");
    stage.publish_empty();
    EXPECT_EQ(stage.waiting().entry.text(), "");
}

TEST(Stage, NeverShowsHalfAnEntryToAnotherThread) {
    Stage stage{"ledger", 2s};
    std::atomic<bool> done{false};
    std::thread writer{[&] {
        for (std::uint64_t i = 1; i <= 100'000; ++i)
            stage.publish(i, base::SteadyTime{std::chrono::nanoseconds{i}},
                          StageEntry{"batch", i}.of("gateway", i));
        done = true;
    }};
    bool whole = true;
    do {
        const auto waiting = stage.waiting();
        if (waiting.depth == 0) continue;
        const StageEntry expected = StageEntry{"batch", waiting.depth}.of("gateway", waiting.depth);
        whole = whole && waiting.entry.text() == expected.text() &&
                waiting.oldest.time_since_epoch() == std::chrono::nanoseconds{waiting.depth};
    } while (!done);
    writer.join();
    EXPECT_TRUE(whole);
}

}  // namespace
}  // namespace service
