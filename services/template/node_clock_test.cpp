#include "template/node_clock.h"

#include <gtest/gtest.h>

namespace templates {
namespace {

using namespace std::chrono_literals;

constexpr base::UnixMicros ours{1'700'000'000s + 900ms};
constexpr std::chrono::sys_seconds second{1'700'000'000s};

TEST(NodeClock, ASecondMoreOrLessIsRounding) {
    NodeClock clock;
    EXPECT_EQ(clock.offset(), std::nullopt);
    for (const auto difference : {-1s, 0s, 1s, -1s}) {
        clock.on_date(second + difference, ours);
        EXPECT_EQ(clock.offset(), 0s);
    }
    clock.on_date(second + 90s, ours);
    EXPECT_EQ(clock.offset(), 90s);
    clock.on_date(second + 89s, ours);
    EXPECT_EQ(clock.offset(), 90s);
    clock.on_date(second - 7200s, ours);
    EXPECT_EQ(clock.offset(), -7200s);
    EXPECT_EQ(clock.at(ours), second - 7200s);
    clock.on_date(second, ours);
    EXPECT_EQ(clock.offset(), 0s);
}

TEST(NodeClock, ATemplatesTimeCountsForMoreThanTheMachines) {
    NodeClock clock;
    clock.on_template(second + 600s, ours);
    clock.on_date(second, ours);
    EXPECT_EQ(clock.offset(), 600s);
    clock.on_template_at_its_earliest();
    EXPECT_EQ(clock.offset(), 600s) << "until something else is known";
    clock.on_date(second, ours);
    EXPECT_EQ(clock.offset(), 0s);
}

}  // namespace
}  // namespace templates
