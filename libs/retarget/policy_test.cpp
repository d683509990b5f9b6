#include "retarget/policy.h"

#include <gtest/gtest.h>

#include <cmath>

namespace retarget {
namespace {

TEST(Rules, TheLongerBetweenFalseChangesTheMoreEvidence) {
    const auto four_hours = rules({});
    const auto forty = rules({.false_change_every = std::chrono::hours{40}});
    for (std::size_t i = 0; i < chart_count; ++i)
        EXPECT_NEAR(forty.thresholds[i] - four_hours.thresholds[i], std::log(10), 1e-9);
}

TEST(Rules, ManySharesAMinuteNeedMoreEvidenceForAsFewFalseChangesAnHour) {
    const auto slow = rules({.shares_per_minute = 0.8});
    const auto fast = rules({.shares_per_minute = 8});
    for (std::size_t i = 0; i < chart_count; ++i)
        EXPECT_NEAR(fast.thresholds[i] - slow.thresholds[i], std::log(10), 1e-9);
}

TEST(Rules, TakeAWanderingHashRateForChance) {
    const auto few = rules({.shares_per_minute = 8});
    const auto many = rules({.shares_per_minute = 80});
    for (std::size_t i = 0; i < chart_count; ++i)
        EXPECT_GT(many.thresholds[i], 2 * few.thresholds[i]);
}

TEST(Rules, WaitForEvidenceHoweverFewSharesThereAre) {
    const auto least = rules({.shares_per_minute = shares_per_minute_min,
                              .false_change_every = std::chrono::minutes{1}});
    for (const double threshold : least.thresholds) EXPECT_GT(threshold, 2);
}

TEST(Rules, ARiseLastsForAQuarterOfAnIntervalButForTwoSecondsAtLeast) {
    EXPECT_EQ(rules({.shares_per_minute = 6}).rise_seconds_min, 2.5);
    EXPECT_EQ(rules({.shares_per_minute = 600}).rise_seconds_min, 2);
    EXPECT_EQ(rules({.shares_per_minute = 0.1}).rise_seconds_min, 10);
}

}  // namespace
}  // namespace retarget
