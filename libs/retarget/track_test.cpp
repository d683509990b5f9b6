#include "retarget/track.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/random.h"

namespace retarget {
namespace {

using namespace std::chrono_literals;

/// A channel of 6 shares a minute whose target is right for 1 MH/s.
class TrackTest : public testing::Test {
  protected:
    static constexpr double hash_rate = 1e6;
    static constexpr double work = hash_rate * 10;

    /// Shares at regular times, and a look each second.
    void mine(double rate, std::chrono::seconds for_how_long) {
        const auto end = now_ + for_how_long;
        while (now_ < end) {
            // What is left of a share takes less time when the target has become easier.
            const double seconds = (1 - progress_) * track_.hashes_per_share() / rate;
            const auto next = std::min(end, now_ + 1s);
            if (seconds > std::chrono::duration<double>{next - now_}.count()) {
                progress_ += std::chrono::duration<double>{next - now_}.count() * rate /
                             track_.hashes_per_share();
                now_ = next;
                track_.advance_to(now_);
            } else {
                progress_ = 0;
                now_ += std::chrono::microseconds{static_cast<std::int64_t>(seconds * 1e6)};
                track_.share(now_);
            }
            look();
        }
    }
    void wait(std::chrono::seconds for_how_long) { advance_to(now_ + for_how_long); }
    void advance_to(base::UnixMicros end) {
        while (now_ < end) {
            now_ = std::min(now_ + 1s, end);
            track_.advance_to(now_);
            look();
        }
    }
    void look() {
        if (const auto change = track_.decide(rules_)) {
            changes_.push_back(*change);
            track_.set_hashes_per_share(change->hash_rate * 10, now_);
        }
    }

    Rules rules_ = rules({});
    base::UnixMicros now_{1h};
    double progress_{};
    Track track_{hash_rate, work, now_};
    std::vector<Change> changes_;
};

TEST_F(TrackTest, ASteadyMinerIsLeftAlone) {
    mine(hash_rate, 24h);
    EXPECT_TRUE(changes_.empty());
    EXPECT_EQ(track_.aimed_hash_rate(), hash_rate);
    EXPECT_NEAR(track_.hash_rate(), hash_rate, 1);
}

TEST_F(TrackTest, ADriftIsFollowedWithFewTargets) {
    for (int i = 0; i < 40; ++i) mine(hash_rate * (1 + i / 100.0), 1h);
    EXPECT_NEAR(track_.aimed_hash_rate(), 1.39e6, 0.15e6);
    EXPECT_LE(changes_.size(), 6U);
}

TEST_F(TrackTest, SilenceEasesTheWorkWithoutAShareAndAgainAndAgain) {
    wait(60s);
    EXPECT_TRUE(changes_.empty()) << "a minute's silence is chance";
    wait(60s);
    ASSERT_EQ(changes_.size(), 1U);
    EXPECT_EQ(changes_[0].reason, Reason::silent);
    EXPECT_EQ(changes_[0].shares, 0);
    EXPECT_NEAR(changes_[0].hash_rate / hash_rate, 1.0 / 11, 0.02);
    wait(10min);
    EXPECT_LT(track_.hash_rate(), hash_rate * 1e-5);
}

TEST_F(TrackTest, HalvedAndDoubledAreFoundAndMet) {
    for (const double factor : {0.5, 2.0, 0.1, 10.0, 0.01, 100.0, 1e-4, 1e4}) {
        SCOPED_TRACE(factor);
        track_ = Track{hash_rate, work, now_};
        mine(hash_rate, 20min);
        mine(hash_rate * factor, 2h);
        EXPECT_NEAR(std::log(track_.aimed_hash_rate() / hash_rate / factor), 0, 0.15);
    }
}

TEST_F(TrackTest, NoStepIsLargerThanItsBound) {
    mine(hash_rate, 1min);
    mine(hash_rate * 1e6, 1min);
    wait(1h);
    ASSERT_FALSE(changes_.empty());
    for (const auto& change : changes_) {
        EXPECT_LE(change.hash_rate / change.hash_rate_before, 8);
        EXPECT_GE(change.hash_rate / change.hash_rate_before, 1.0 / 16);
    }
}

TEST_F(TrackTest, WhatANetworkHeldUpIsNoFasterMiner) {
    for (int i = 0; i < 30; ++i) {
        mine(hash_rate, 10min);
        wait(30s);
        for (int share = 0; share < 3; ++share) track_.share(now_);
        look();
    }
    EXPECT_TRUE(changes_.empty());
}

TEST_F(TrackTest, AFalseAlarmIsTakenBackExactly) {
    mine(hash_rate, 10min);
    // Silence as chance brings it once in many days, and a steady miner again.
    while (changes_.empty()) wait(1s);
    EXPECT_LT(track_.hash_rate(), hash_rate / 8);
    mine(hash_rate, 10min);
    ASSERT_GE(changes_.size(), 2U);
    EXPECT_EQ(changes_[1].reason, Reason::recanted);
    EXPECT_NEAR(track_.hash_rate(), hash_rate, 1e-6);
    EXPECT_EQ(changes_.size(), 2U) << "and nothing follows";
}

TEST_F(TrackTest, AnotherTargetForTheSameHashRateIsNoEvidence) {
    mine(hash_rate, 10min);
    track_.set_hashes_per_share(work / 40, now_);
    mine(hash_rate, 10min);
    track_.set_hashes_per_share(work * 3, now_);
    mine(hash_rate, 10min);
    EXPECT_TRUE(changes_.empty());
}

TEST_F(TrackTest, BehindALimitTheHashRateIsStillFollowed) {
    // The target cannot get easier: the channel gives a hundredth of the shares that are wanted.
    track_ = Track{hash_rate, work * 100, now_};
    for (int i = 0; i < 60 * 60 * 24; ++i) {
        now_ += 1s;
        track_.advance_to(now_);
        if (i % 2000 == 0) track_.share(now_);  // 500 kH/s
        track_.decide(rules_);
    }
    EXPECT_NEAR(std::log(track_.hash_rate() / (hash_rate / 2)), 0, 0.5);
    // And it comes back.
    for (int i = 0; i < 20; ++i) {
        now_ += 1s;
        track_.share(now_);  // 1 GH/s
        track_.decide(rules_);
    }
    EXPECT_GT(track_.hash_rate(), hash_rate * 100);
}

TEST_F(TrackTest, TimeThatGoesBackIsNoTime) {
    mine(hash_rate, 5min);
    const auto before = track_.state();
    track_.advance_to(now_ - 1h);
    EXPECT_EQ(track_.state(), before);
}

TEST_F(TrackTest, GoesOnFromItsStateAsIfNothingHadHappened) {
    mine(hash_rate, 5min);
    mine(hash_rate / 2, 4min);
    Track other{track_.state()};
    for (int i = 0; i < 400; ++i) {
        now_ += 1s;
        track_.advance_to(now_);
        other.advance_to(now_);
        ASSERT_EQ(track_.decide(rules_), other.decide(rules_));
    }
}

/// The figures that ./dev bench vardiff measures closely, roughly and in a second.
TEST(TrackInSimulation, KeepsItsWordToASteadyMiner) {
    base::SeededRandom random{7};
    const auto uniform = [&] {
        return (static_cast<double>(random.next_u64() >> 11) + 1) * 0x1p-53;
    };
    const auto policy_rules = rules({});
    constexpr int hours = 600;
    std::size_t changes = 0;
    base::UnixMicros now{1h};
    Track track{1e6, 1e7, now};
    auto share_at = now;
    const auto end = now + std::chrono::hours{hours};
    while (now < end) {
        share_at += std::chrono::microseconds{
            static_cast<std::int64_t>(-std::log(uniform()) * track.hashes_per_share())};
        while (now < share_at) {
            now = std::min(now + 1s, share_at);
            track.advance_to(now);
            if (now == share_at) track.share(now);
            if (const auto change = track.decide(policy_rules)) {
                ++changes;
                track.set_hashes_per_share(change->hash_rate * 10, now);
                share_at = now + std::chrono::microseconds{static_cast<std::int64_t>(
                                     -std::log(uniform()) * track.hashes_per_share())};
            }
        }
    }
    EXPECT_LT(static_cast<double>(changes) / hours, 0.32) << "a quarter, and three deviations";
    EXPECT_GT(changes, 0U);
}

}  // namespace
}  // namespace retarget
