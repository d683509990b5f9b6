#include "bus/event_allowance.h"

#include <gtest/gtest.h>

namespace bus {
namespace {

using namespace std::chrono_literals;

class EventAllowanceTest : public testing::Test {
  protected:
    EventAllowance allowance{{.burst = 3, .every = 1s}};
    base::SteadyTime now{1h};
};

TEST_F(EventAllowanceTest, ABurstAndThenOneAtATime) {
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(allowance.take(1, now));
    EXPECT_FALSE(allowance.take(1, now));
    EXPECT_FALSE(allowance.take(1, now + 999ms));
    EXPECT_TRUE(allowance.take(1, now + 1s));
    EXPECT_FALSE(allowance.take(1, now + 1s));
}

TEST_F(EventAllowanceTest, WhatIsRefusedCostsNothing) {
    for (int i = 0; i < 100; ++i) allowance.take(1, now);
    EXPECT_TRUE(allowance.take(1, now + 1s));
}

TEST_F(EventAllowanceTest, EachConnectionHasItsOwn) {
    for (int i = 0; i < 3; ++i) allowance.take(1, now);
    EXPECT_TRUE(allowance.take(2, now));
}

TEST_F(EventAllowanceTest, TheRestedAreForgotten) {
    for (std::uint64_t connection = 0; connection < 100'000; ++connection) {
        EXPECT_TRUE(allowance.take(connection, now));
        now += 1ms;
    }
    EXPECT_LE(allowance.size(), 2048U);
}

}  // namespace
}  // namespace bus
