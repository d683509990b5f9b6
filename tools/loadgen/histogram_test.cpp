#include "loadgen/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

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

TEST(Histogram, PrintsItsDistributionAsHdrHistogramDoes) {
    EXPECT_TRUE(Histogram{}.percentiles().empty());
    Histogram times;
    for (int i = 1; i <= 100; ++i) times.add(microseconds{i});
    const auto lines = times.percentiles();
    const std::array<double, 12> begin{0, 10, 20, 30, 40, 50, 55, 60, 65, 70, 75, 77.5};
    ASSERT_GT(lines.size(), begin.size());
    for (std::size_t i = 0; i < begin.size(); ++i) {
        SCOPED_TRACE(i);
        EXPECT_NEAR(lines[i].percentile, begin[i], 1e-9);
        EXPECT_EQ(lines[i].value_us, std::max(std::ceil(begin[i]), 1.0));
        EXPECT_EQ(lines[i].count, lines[i].value_us);
    }
    EXPECT_EQ(lines.back().percentile, 100);
    EXPECT_EQ(lines.back().value_us, 100U);
    EXPECT_EQ(lines.back().count, 100U);
    EXPECT_LT(lines.size(), 50U);
}

}  // namespace
}  // namespace loadgen
