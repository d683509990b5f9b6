#include "service/queue_gauges.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace service {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

TEST(QueueGauges, TellDepthBoundAndAgeByQueue) {
    Registry registry{"gateway", "1"};
    QueueGauges partition{registry, "partition"};
    QueueGauges output{registry, "output"};
    const base::SteadyTime now{1h};
    partition.set(3, 4096, now - 1500ms, now);
    output.set(0, 1024, std::nullopt, now);
    const auto text = registry.text();
    EXPECT_THAT(text, HasSubstr("adit_queue_depth{queue=\"partition\"} 3\n"));
    EXPECT_THAT(text, HasSubstr("adit_queue_bound{queue=\"partition\"} 4096\n"));
    EXPECT_THAT(text, HasSubstr("adit_queue_oldest_seconds{queue=\"partition\"} 1.5\n"));
    EXPECT_THAT(text, HasSubstr("adit_queue_oldest_seconds{queue=\"output\"} 0\n"));
}

TEST(QueueGauges, WhatIsNotDueYetIsNotOld) {
    const base::SteadyTime now{1h};
    EXPECT_EQ(age_seconds(now + 1s, now), 0);
    EXPECT_EQ(age_seconds(now - 1s, now), 1);
}

}  // namespace
}  // namespace service
