#include "loadgen/histogram.h"

#include <gtest/gtest.h>

namespace loadgen {
namespace {

using std::chrono::microseconds;

TEST(Histogram, SaysNothingOfNothing) {
    const Histogram none;
    EXPECT_EQ(none.quantile_us(0.5), 0U);
    EXPECT_EQ(none.max_us(), 0U);
}

TEST(Histogram, IsExactForShortTimes) {
    Histogram times;
    for (int i = 1; i <= 100; ++i) times.add(microseconds{i});
    EXPECT_EQ(times.quantile_us(0.5), 50U);
    EXPECT_EQ(times.quantile_us(0.99), 99U);
    EXPECT_EQ(times.quantile_us(1), 100U);
    EXPECT_EQ(times.quantile_us(0), 1U);
}

TEST(Histogram, IsWithinASixtyFourthForLongOnes) {
    for (const std::uint64_t us :
         {127ULL, 128ULL, 129ULL, 255ULL, 256ULL, 5'000ULL, 1'234'567ULL, 3'600'000'000ULL}) {
        SCOPED_TRACE(us);
        Histogram times;
        times.add(microseconds{us});
        times.add(microseconds{86'400'000'000});
        EXPECT_GE(times.quantile_us(0.5), us);
        EXPECT_LE(times.quantile_us(0.5), us + us / 64);
    }
}

TEST(Histogram, KeepsTheLongestAsItIs) {
    Histogram times;
    times.add(microseconds{1'000'003});
    times.add(microseconds{-5});
    EXPECT_EQ(times.max_us(), 1'000'003U);
    EXPECT_EQ(times.quantile_us(1), 1'000'003U);
    EXPECT_EQ(times.quantile_us(0.5), 0U);
    EXPECT_EQ(times.count(), 2U);
}

}  // namespace
}  // namespace loadgen
