#include "miner/quantity.h"

#include <gtest/gtest.h>

namespace miner {
namespace {

using namespace std::chrono_literals;

TEST(Quantity, ReadsRates) {
    EXPECT_EQ(parse_rate("0"), 0.0);
    EXPECT_EQ(parse_rate("250k"), 250e3);
    EXPECT_EQ(parse_rate("1.5M"), 1.5e6);
    EXPECT_EQ(parse_rate("1e14"), 1e14);
    EXPECT_EQ(parse_rate("2T"), 2e12);
    for (const auto* text : {"", "k", "-1", "1x", "1 k", "1kk", "inf", "nan", "fast"})
        EXPECT_EQ(parse_rate(text), std::nullopt) << text;
}

TEST(Quantity, ReadsDurations) {
    EXPECT_EQ(parse_duration("500ms"), 500ms);
    EXPECT_EQ(parse_duration("60s"), 60s);
    EXPECT_EQ(parse_duration("1.5m"), 90s);
    EXPECT_EQ(parse_duration("1h"), 1h);
    for (const auto* text : {"", "s", "60", "-1s", "60 s", "1d", "1e300h"})
        EXPECT_EQ(parse_duration(text), std::nullopt) << text;
}

}  // namespace
}  // namespace miner
