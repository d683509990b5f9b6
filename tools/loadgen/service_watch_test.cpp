#include "loadgen/service_watch.h"

#include <gtest/gtest.h>

namespace loadgen {
namespace {

using namespace std::chrono_literals;

class ServiceWatchTest : public testing::Test {
  protected:
    static base::SteadyTime at(std::chrono::milliseconds time) {
        return base::SteadyTime{1h} + time;
    }
    std::vector<std::string> gaps() const {
        std::vector<std::string> said;
        for (const auto& gap : watch.gaps())
            said.push_back(name_of(gap.kind) + std::string{" "} +
                           std::to_string((gap.to - gap.from) / 1ms));
        return said;
    }
    ServiceWatch watch{1s};
};

using Gaps = std::vector<std::string>;

TEST_F(ServiceWatchTest, AMinerThatIsServedHasNoGaps) {
    watch.wants_work(at(0s));
    watch.has_work(at(100ms));
    for (int i = 1; i <= 10; ++i) watch.accepted(at(i * 10s), at(i * 10s + 20ms));
    watch.finish(std::nullopt, at(1000s));
    EXPECT_EQ(gaps(), Gaps{}) << "a miner that finds nothing for long is served";
    EXPECT_EQ(watch.longest(), 100ms);
}

TEST_F(ServiceWatchTest, WaitingForAJobIsAGap) {
    watch.wants_work(at(0s));
    watch.wants_work(at(1s));
    watch.has_work(at(2s));
    watch.has_work(at(9s));
    EXPECT_EQ(gaps(), Gaps{"work 2000"});
}

TEST_F(ServiceWatchTest, ALostConnectionCountsFromWhatItLeftUnanswered) {
    watch.lost(at(1s), at(3s));
    watch.wants_work(at(4s));
    watch.has_work(at(5s));
    watch.lost(std::nullopt, at(10s));
    watch.has_work(at(12s));
    EXPECT_EQ(gaps(), (Gaps{"work 4000", "work 2000"}));
}

TEST_F(ServiceWatchTest, WhoLeavesByItsOwnWishMissesNothing) {
    watch.wants_work(at(0s));
    watch.left();
    watch.wants_work(at(60s));
    watch.has_work(at(60s));
    EXPECT_EQ(gaps(), Gaps{});
}

TEST_F(ServiceWatchTest, SharesThatWaitTogetherAreOneGap) {
    watch.accepted(at(0s), at(6s));
    watch.accepted(at(1s), at(6s));
    watch.rejected(at(5s), at(8s));
    watch.accepted(at(20s), at(22s));
    EXPECT_EQ(gaps(), (Gaps{"answer 8000", "answer 2000"}));
    EXPECT_EQ(watch.longest(), 6s);
}

TEST_F(ServiceWatchTest, FiveRejectionsInARowAreAGap) {
    for (int i = 0; i < 4; ++i) watch.rejected(at(i * 10s), at(i * 10s));
    watch.accepted(at(40s), at(40s));
    EXPECT_EQ(gaps(), Gaps{}) << "four late shares";
    for (int i = 5; i < 10; ++i) watch.rejected(at(i * 10s), at(i * 10s + 1ms));
    watch.accepted(at(120s), at(120s));
    EXPECT_EQ(gaps(), Gaps{"refused 40001"}) << "from the first sent to the last answered";
}

TEST_F(ServiceWatchTest, WhatIsOpenAtTheEndEndsThere) {
    watch.wants_work(at(0s));
    for (int i = 0; i < 5; ++i) watch.rejected(at(i * 1s), at(i * 1s));
    watch.finish(at(5s), at(7s));
    EXPECT_EQ(gaps(), (Gaps{"answer 2000", "refused 4000", "work 7000"}));
}

}  // namespace
}  // namespace loadgen
