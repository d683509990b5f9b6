#include "admin/believed_rate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace admin {
namespace {

using namespace std::chrono_literals;

constexpr base::UnixMicros start{1'700'000'000s};
constexpr double hashes = 1e12;

/// A share every ten seconds for so long.
BelievedRate steady(std::chrono::seconds for_long) {
    BelievedRate rate;
    rate.begin(hashes / 10, hashes, start);
    for (auto at = 10s; at <= for_long; at += 10s) rate.share(hashes, start + at);
    return rate;
}

TEST(BelievedRate, BelievesAYoungMinerWhatItSays) {
    BelievedRate rate;
    rate.begin(5e11, hashes, start);
    EXPECT_NEAR(rate.hash_rate(), 5e11, 1);
    rate.share(hashes, start + 1s);
    EXPECT_NEAR(rate.hash_rate() / 5e11, 9.0 / 8.5, 0.01);
}

TEST(BelievedRate, FollowsWhatTheMinerDoesAndForgetsWhatItSaid) {
    BelievedRate rate;
    rate.begin(hashes * 100, hashes, start);
    for (auto at = 10s; at <= 2h; at += 10s) rate.share(hashes, start + at);
    EXPECT_NEAR(rate.hash_rate() / (hashes / 10), 1, 0.03);
}

TEST(BelievedRate, KnowsNothingOfAMinerThatSaysNothingUntilItHasShares) {
    BelievedRate rate;
    rate.begin(0, hashes, start);
    EXPECT_EQ(rate.hash_rate(), 0);
    EXPECT_EQ(rate.silence_probability(24h, hashes), 1);
    for (auto at = 10s; at <= 10min; at += 10s) rate.share(hashes, start + at);
    EXPECT_NEAR(rate.hash_rate() / (hashes / 10), 1, 0.1);
}

TEST(BelievedRate, IsNearlyExponentialWhereManySharesAreKnown) {
    const auto rate = steady(6h);
    // 9.2 shares are missed with a probability of one in 10,000, if the rate is certain.
    const double after = std::chrono::duration<double>{rate.silent_after(hashes)}.count();
    EXPECT_GT(after, 92);
    EXPECT_LT(after, 98);
    EXPECT_NEAR(rate.silence_probability(rate.silent_after(hashes), hashes),
                BelievedRate::silent_below, 1e-7);
    EXPECT_NEAR(rate.silence_probability(10s, hashes), std::exp(-1), 0.01);
}

TEST(BelievedRate, WaitsLongerAtAHarderTarget) {
    const auto rate = steady(1h);
    const std::chrono::duration<double> longer = rate.silent_after(4 * hashes);
    const std::chrono::duration<double> shorter = rate.silent_after(hashes);
    EXPECT_NEAR(longer / shorter, 4, 0.01);
}

TEST(BelievedRate, DoesNotTakeASilenceForASlowMiner) {
    auto rate = steady(1h);
    const double before = rate.hash_rate();
    rate.resume(start + 3h);
    rate.share(hashes, start + 3h);
    EXPECT_NEAR(rate.hash_rate() / before, 1.25, 0.05);
}

/// The promise itself: of honest miners, however little is known of them, one silence in 10,000 is
/// called none.
TEST(BelievedRate, IsWrongOnceIn10000) {
    std::mt19937_64 random{5};
    std::exponential_distribution<double> gap{0.1};
    int silences = 0;
    int called = 0;
    for (int miner = 0; miner < 20'000; ++miner) {
        BelievedRate rate;
        rate.begin(hashes / 10, hashes, start);
        auto at = start;
        for (int share = 0; share < 60; ++share) {
            const auto next =
                at + std::chrono::microseconds{static_cast<std::int64_t>(gap(random) * 1e6)};
            ++silences;
            if (next - at > rate.silent_after(hashes)) ++called;
            rate.share(hashes, at = next);
        }
    }
    EXPECT_LT(called, silences / 10'000 * 2);
    EXPECT_GT(called, silences / 10'000 / 10);
}

}  // namespace
}  // namespace admin
