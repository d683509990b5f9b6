#include "retarget/evidence.h"

#include <gtest/gtest.h>

#include <cmath>

namespace retarget {
namespace {

constexpr std::size_t half = 2;
constexpr std::size_t twice = 5;

TEST(Evidence, WaitingSpeaksForLessAndAShareForMore) {
    ASSERT_EQ(ratios[half], 0.5);
    ASSERT_EQ(ratios[twice], 2);
    Evidence evidence;
    evidence.silence(3);
    EXPECT_DOUBLE_EQ(evidence.charts()[half].statistic, 0.5 * 3);
    EXPECT_EQ(evidence.charts()[half].expected, 3);
    EXPECT_EQ(evidence.charts()[twice], Chart{}) << "nothing speaks for more";
    evidence.share();
    EXPECT_DOUBLE_EQ(evidence.charts()[half].statistic, 1.5 - std::log(2));
    EXPECT_EQ(evidence.charts()[half].shares, 1);
    EXPECT_DOUBLE_EQ(evidence.charts()[twice].statistic, std::log(2));
}

TEST(Evidence, BeginsAnewWhereNothingSpeaksForAChange) {
    Evidence evidence;
    evidence.silence(1);
    evidence.share();
    EXPECT_EQ(evidence.charts()[half], Chart{}) << "0.5 - ln 2 is below zero";
    evidence.silence(0.1);
    EXPECT_EQ(evidence.charts()[half].expected, 0.1);
    EXPECT_GT(evidence.charts()[twice].statistic, 0);
    evidence.silence(1);
    EXPECT_EQ(evidence.charts()[twice], Chart{});
}

TEST(Evidence, WhatComesTogetherAfterASilenceIsNotMore) {
    Evidence held_up;
    held_up.silence(20);
    for (int i = 0; i < 20; ++i) held_up.share();
    EXPECT_LE(held_up.charts()[twice].statistic, 0);
    Evidence flood;
    flood.silence(2);
    for (int i = 0; i < 20; ++i) flood.share();
    EXPECT_DOUBLE_EQ(flood.charts()[twice].statistic, 20 * std::log(2));
    // What a silence spoke against is forgotten when as much time has passed again.
    held_up.silence(20);
    EXPECT_EQ(held_up.charts()[twice], Chart{});
}

TEST(Evidence, DoesNotDependOnHowOftenOneLooks) {
    Evidence once;
    Evidence often;
    for (int share = 0; share < 20; ++share) {
        once.silence(0.75);
        for (int i = 0; i < 64; ++i) often.silence(0.75 / 64);
        once.share();
        often.share();
    }
    for (std::size_t i = 0; i < chart_count; ++i)
        EXPECT_NEAR(once.charts()[i].statistic, often.charts()[i].statistic, 1e-9) << ratios[i];
}

TEST(Evidence, ReadAgainstAnotherBeliefIsWhatItWouldHaveBeenUnderIt) {
    Evidence before;
    Evidence under_double;
    for (int i = 0; i < 6; ++i) {
        before.silence(3);
        under_double.silence(6);
        before.share();
        under_double.share();
    }
    before.rescale(2);
    EXPECT_NEAR(before.charts()[half].statistic, under_double.charts()[half].statistic, 1e-9);
    before.rescale(0.01);
    EXPECT_EQ(before.charts()[half], Chart{});
}

}  // namespace
}  // namespace retarget
