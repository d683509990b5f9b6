#include "retarget/range.h"

#include <gtest/gtest.h>

#include <cmath>

#include "bitcoin/difficulty.h"

namespace retarget {
namespace {

bitcoin::Target of_hashes(double hashes) {
    return bitcoin::target_for_hash_rate(hashes, 60).value();
}

TEST(TargetRange, GivesWhatIsWantedWhereItMay) {
    const TargetRange range{of_hashes(1e12), of_hashes(1e3), bitcoin::target_max()};
    EXPECT_EQ(range.nearest(of_hashes(1e6)).target(), of_hashes(1e6));
    EXPECT_EQ(range.nearest(of_hashes(1e13)).target(), of_hashes(1e12));
    EXPECT_EQ(range.nearest(of_hashes(1e2)).target(), of_hashes(1e3));
}

TEST(TargetRange, TheChannelsMaximumWinsOverThePoolsBounds) {
    const struct {
        const char* what;
        double hardest, easiest, channel, expected_easiest, expected_hardest;
    } cases[] = {
        {"within", 1e12, 1e3, 1e6, 1e6, 1e12},
        {"the channel takes anything", 1e12, 1e3, 1, 1e3, 1e12},
        {"the channel takes nothing that the pool gives", 1e12, 1e3, 1e14, 1e14, 1e14},
        {"the pool's own are the wrong way round", 1e6, 1e9, 1, 1e6, 1e6},
    };
    for (const auto& [what, hardest, easiest, channel, expected_easiest, expected_hardest] :
         cases) {
        SCOPED_TRACE(what);
        const TargetRange range{of_hashes(hardest), of_hashes(easiest), of_hashes(channel)};
        EXPECT_EQ(range.easiest(), of_hashes(expected_easiest));
        EXPECT_EQ(range.hardest(), of_hashes(expected_hardest));
    }
}

TEST(TargetRange, AHashRateHasTheTargetThatGivesItsShares) {
    const TargetRange range{bitcoin::Target{}, bitcoin::target_max(), bitcoin::target_max()};
    const auto target = range.for_hash_rate(1e12, 6, false).target();
    EXPECT_NEAR(bitcoin::expected_hashes(target) / 1e13, 1, 1e-9);
    EXPECT_EQ(range.for_hash_rate(0, 6, false).target(), bitcoin::target_max());
    EXPECT_EQ(range.for_hash_rate(1e300, 6, false).target(), range.hardest());
    EXPECT_EQ(range.for_hash_rate(NAN, 6, true).target(), range.hardest());
}

TEST(TargetRange, APowerOfTwoIsNeverHarder) {
    const TargetRange range{bitcoin::Target{}, bitcoin::target_max(), bitcoin::target_max()};
    for (double rate = 1e3; rate < 1e17; rate *= 3.7) {
        const double hashes =
            bitcoin::expected_hashes(range.for_hash_rate(rate, 60, true).target());
        EXPECT_LE(hashes, rate * 1.000001);
        EXPECT_GT(hashes, rate / 2 * 0.999);
        EXPECT_NEAR(std::log2(hashes), std::round(std::log2(hashes)), 1e-6);
    }
}

}  // namespace
}  // namespace retarget
