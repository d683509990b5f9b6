#include "admin/pool_history.h"

#include <gmock/gmock.h>

namespace admin {
namespace {

using namespace std::chrono_literals;

constexpr base::UnixMicros start{1'700'000'000s};

TEST(PoolHistory, GivesSecondsOfAnHourAndMinutesOfADay) {
    PoolHistory pool;
    for (auto at = 0s; at < 26h; at += 1s) {
        pool.expect(start + at, 2);
        pool.accept(start + at, 1, 0.001);
        pool.accept(start + at, 1, 0.001);
        if (at % 60s == 0s) pool.reject(start + at, mining::ShareError::stale_share);
    }
    const auto now = start + 26h;
    const auto hour = pool.history(now, 1h);
    EXPECT_EQ(hour.step, 1s);
    ASSERT_EQ(hour.points.size(), 3600U);
    EXPECT_EQ(hour.points.back().accepted_per_minute(), 120);
    EXPECT_NEAR(hour.points.back().convergence(), 1, 0.03);
    EXPECT_EQ(hour.points.back().start_time().seconds(), 1'700'000'000 + 26 * 3600 - 1);
    EXPECT_NEAR(hour.points.back().hash_rate(), 2 * 4294967296.0, 1e6);

    const auto quarter = pool.history(now, 6h);
    EXPECT_EQ(quarter.step, 60s);
    ASSERT_EQ(quarter.points.size(), 360U);
    EXPECT_EQ(quarter.points.front().rejected_per_minute_by_reason().at("stale-share"), 1);

    const auto day = pool.history(now, 24h);
    EXPECT_EQ(day.step, 300s);
    ASSERT_EQ(day.points.size(), 288U);
    EXPECT_NEAR(day.points.front().accepted_per_minute(), 120, 1e-9);
    EXPECT_NEAR(pool.sum(now, 24h).blocks, 172.8, 0.2);
    EXPECT_EQ(pool.history(now, 100h).points.size(), 288U);
    EXPECT_EQ(pool.history(now, 0s).points.size(), 1U);
}

TEST(PoolHistory, HasNothingToShowBeforeAnythingIsKnown) {
    const PoolHistory pool;
    EXPECT_TRUE(pool.history({}, 1h).points.empty());
    EXPECT_EQ(pool.history(start, 1h).points.size(), 3600U);
    EXPECT_EQ(pool.sum({}, 24h), PoolHistory::Step{});
}

TEST(PoolHistory, ShowsAHaltAsOne) {
    PoolHistory pool;
    pool.accept(start, 1, 0);
    pool.expect(start, 1);
    pool.expect(start + 30s, 1);
    const auto halted = pool.history(start + 30s, 60s);
    ASSERT_EQ(halted.points.size(), 60U);
    EXPECT_EQ(halted.points.back().accepted_per_minute(), 0);
    EXPECT_NEAR(halted.points.back().convergence(), 1.0 / 60, 0.002);
}

TEST(PoolHistory, TakesLateSharesOfTheDay) {
    PoolHistory pool;
    pool.accept(start + 90s, 1, 0);
    pool.accept(start, 2, 0);
    pool.accept(start - 30h, 4, 0);
    EXPECT_EQ(pool.sum(start + 90s, 300s).work, 3);
    EXPECT_EQ(pool.sum(start + 90s, 24h).work, 3);
}

}  // namespace
}  // namespace admin
