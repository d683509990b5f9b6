#include "translator/hash_rate_meter.h"

#include <gtest/gtest.h>

namespace translator {
namespace {

using namespace std::chrono_literals;

TEST(HashRateMeter, TellsASteadyMinersHashRateFromTheStart) {
    const base::SteadyTime start{1h};
    HashRateMeter meter{start};
    EXPECT_EQ(meter.hash_rate_hps(start), 0);
    // Difficulty 1 each second is 2^32 hashes a second.
    for (int second = 1; second <= 3600; ++second) {
        const auto now = start + second * 1s;
        meter.add(1, now);
        if (second >= 60) {
            EXPECT_NEAR(meter.hash_rate_hps(now) / 4294967296.0, 1, 0.02) << second;
        }
    }
    EXPECT_EQ(meter.shares(), 3600U);
    EXPECT_LT(meter.hash_rate_hps(start + 2h), 4294967296.0 / 1000) << "it has gone";
}

}  // namespace
}  // namespace translator
