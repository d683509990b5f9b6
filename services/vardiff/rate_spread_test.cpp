#include "vardiff/rate_spread.h"

#include <gtest/gtest.h>

#include <numeric>

namespace vardiff {
namespace {

using namespace std::chrono_literals;

constexpr base::UnixMicros start{1'000'000s};

/// A miner of 1 GH/s, of which a share a second is due at the target in force.
retarget::Track track() {
    return {1e9, 1e9, start};
}

TEST(SentPerSecond, BelievesANewChannelAndThenItsShares) {
    auto channel = track();
    EXPECT_DOUBLE_EQ(sent_per_second(channel), 1);
    for (int i = 1; i <= 400; ++i) channel.share(start + i * 500ms);
    EXPECT_NEAR(sent_per_second(channel), 2, 0.1);
    auto silent = track();
    silent.advance_to(start + 8s);
    EXPECT_DOUBLE_EQ(sent_per_second(silent), 0.5);
}

TEST(RateSpread, PutsEachChannelIntoOneRange) {
    const struct {
        double wanted_per_minute;
        std::size_t range;
    } cases[] = {
        {60 * 9, 0},   {60 * 5, 1},  {60 * 3, 2},  {60 * 1.5, 3}, {60, 4},
        {60 / 1.5, 5}, {60. / 3, 6}, {60. / 5, 7}, {60. / 9, 8},
    };
    RateSpread all;
    for (const auto& [wanted, range] : cases) {
        SCOPED_TRACE(wanted);
        RateSpread spread;
        retarget::Policy policy;
        policy.shares_per_minute = wanted;
        spread.add(track(), policy);
        EXPECT_EQ(spread.channels[range], 1U) << RateSpread::names[range];
        EXPECT_DOUBLE_EQ(spread.sent_per_second, 1);
        EXPECT_DOUBLE_EQ(spread.wanted_per_second, wanted / 60);
        all += spread;
    }
    EXPECT_EQ(std::accumulate(all.channels.begin(), all.channels.end(), 0U), 9U);
    EXPECT_DOUBLE_EQ(all.sent_per_second, 9);
}

}  // namespace
}  // namespace vardiff
