#include "admin/limiter.h"

#include <gtest/gtest.h>

namespace admin {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const Limiter::Limits limits{.per_address = {.per_second = 2, .burst = 10},
                             .in_total = {.per_second = 50, .burst = 50}};

int taken(Limiter& limiter, const char* address, base::SteadyTime now, int asked) {
    int count = 0;
    for (int i = 0; i < asked; ++i) count += limiter.take(address, now) ? 1 : 0;
    return count;
}

TEST(Limiter, LetsAnAddressHaveItsBurstAndThenItsPace) {
    Limiter limiter{limits};
    base::SteadyTime now{std::chrono::hours{1}};
    const auto burst = taken(limiter, "192.0.2.1", now, 100);
    EXPECT_GE(burst, 10);
    EXPECT_LE(burst, 11);
    now += seconds{5};
    const auto more = taken(limiter, "192.0.2.1", now, 100);
    EXPECT_GE(more, 9);
    EXPECT_LE(more, 11);
}

TEST(Limiter, OneAddressDoesNotTakeAnothersPart) {
    Limiter limiter{limits};
    const base::SteadyTime now{std::chrono::hours{1}};
    taken(limiter, "192.0.2.1", now, 1000);
    EXPECT_TRUE(limiter.take("192.0.2.2", now));
}

TEST(Limiter, AllTogetherHaveABound) {
    Limiter limiter{limits};
    const base::SteadyTime now{std::chrono::hours{1}};
    int count = 0;
    for (int i = 0; i < 1000; ++i) count += limiter.take(std::to_string(i), now) ? 1 : 0;
    EXPECT_GE(count, 50);
    EXPECT_LE(count, 51);
    // The refused ones are not even remembered.
    EXPECT_LE(limiter.addresses(), 51U);
}

TEST(Limiter, ForgetsWhoIsQuietAndNobodyElse) {
    Limiter limiter{limits};
    base::SteadyTime now{std::chrono::hours{1}};
    limiter.take("192.0.2.1", now);
    for (int i = 0; i < 30; ++i) {
        now += seconds{10};
        limiter.take("192.0.2.2", now);
    }
    EXPECT_EQ(limiter.addresses(), 2U);  // the second one, in both generations at most
    taken(limiter, "192.0.2.2", now, 100);
    now += seconds{1};
    EXPECT_LE(taken(limiter, "192.0.2.2", now, 100), 3);
}

}  // namespace
}  // namespace admin
