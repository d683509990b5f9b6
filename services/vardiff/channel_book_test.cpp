#include "vardiff/channel_book.h"

#include <gtest/gtest.h>

#include "vardiff/book_testing.h"

namespace vardiff {
namespace {

using namespace std::chrono_literals;
using testing::key;
using testing::of_hashes;
using testing::RecordMaker;

/// 1 MH/s, six shares a minute.
constexpr double hash_rate = 1e6;
constexpr double work = 1e7;

class ChannelBookTest : public ::testing::Test {
  protected:
    void take(const RecordMaker& maker) { keep(book_.take(maker.record, now_)); }
    void keep(const Proposals& proposals) {
        for (const auto& proposal : proposals) {
            proposals_.push_back(proposal);
            if (!applies_) continue;
            RecordMaker maker{proposal.channel.epoch()};
            maker.event(bus::TargetApplied{proposal.channel, proposal.target});
            book_.take(maker.record, now_);
        }
    }
    void open(std::uint32_t counter = 1, float nominal = hash_rate,
              const bitcoin::Target& max_target = bitcoin::target_max()) {
        RecordMaker maker;
        take(maker.open(key(counter), nominal, of_hashes(work), max_target));
    }
    void applied(double hashes) {
        RecordMaker maker;
        take(maker.event(bus::TargetApplied{key(), of_hashes(hashes)}));
    }
    /// What is proposed within so many looks at channels that find nothing.
    Proposals look(int times) {
        const auto before = proposals_.size();
        for (int i = 0; i < times; ++i) {
            now_ += 100ms;
            keep(book_.advance(now_));
        }
        return {proposals_.begin() + static_cast<std::ptrdiff_t>(before), proposals_.end()};
    }
    /// Shares of the target in force, as the hash rate finds them without chance.
    void mine(double rate, std::chrono::seconds for_how_long, std::uint32_t counter = 1) {
        for (const auto end = now_ + for_how_long; now_ < end;) {
            now_ += 1s;
            const auto* channel = book_.find(key(counter));
            const auto target = channel == nullptr ? of_hashes(work) : channel->target;
            for (progress_ += rate / bitcoin::expected_hashes(target); progress_ >= 1;
                 progress_ -= 1) {
                RecordMaker maker;
                take(maker.share(key(counter), now_, target, target));
            }
            keep(book_.advance(now_));
        }
    }
    void update(double nominal) {
        RecordMaker maker;
        take(maker.event(bus::ChannelUpdate{.key = key(),
                                            .nominal_hash_rate = static_cast<float>(nominal),
                                            .max_target = bitcoin::target_max(),
                                            .user_identity = "alice.rig1",
                                            .outputs_id = {}}));
    }
    double aimed(std::uint32_t counter = 1) {
        return bitcoin::expected_hashes(book_.find(key(counter))->target) / 10;
    }
    static std::shared_ptr<const Policies> policies(PolicySet set = {}) {
        return std::make_shared<const Policies>(std::move(set));
    }

    base::UnixMicros now_{1'000'000s};
    ChannelBook book_{policies()};
    Proposals proposals_{};
    double progress_{};
    bool applies_ = true;
};

TEST_F(ChannelBookTest, AChannelThatIsRightIsLeftAlone) {
    open();
    mine(hash_rate, 3h);
    EXPECT_TRUE(proposals_.empty());
    EXPECT_TRUE(book_.proposals(testing::epoch).empty());
}

TEST_F(ChannelBookTest, SaysHowTheRatesOfChannelsAreSpread) {
    applies_ = false;  // so that targets stay wrong
    open(1);
    mine(hash_rate, 1h);
    EXPECT_EQ(book_.spread().channels, (decltype(RateSpread::channels){0, 0, 0, 0, 1}));
    EXPECT_NEAR(book_.spread().sent_per_second, 0.1, 0.01);
    EXPECT_NEAR(book_.spread().wanted_per_second, 0.1, 1e-9);
    mine(hash_rate * 3, 1h);
    EXPECT_EQ(book_.spread().channels, (decltype(RateSpread::channels){0, 0, 0, 0, 0, 0, 1}));
}

TEST_F(ChannelBookTest, AHashRateThatChangesIsFollowed) {
    open();
    mine(hash_rate, 10min);
    mine(hash_rate * 3, 30min);
    EXPECT_NEAR(aimed() / hash_rate, 3, 0.5);
    ASSERT_FALSE(proposals_.empty());
    EXPECT_EQ(book_.proposals(testing::epoch), (Proposals{{key(), book_.find(key())->target}}));
    EXPECT_TRUE(book_.proposals(mining::Epoch{8}).empty());
}

TEST_F(ChannelBookTest, WhoNeverSendsAShareGetsEasierWorkUntilItIsTheEasiest) {
    open(1, 1e12F, of_hashes(work / 1000));
    mine(0, 3h);
    ASSERT_FALSE(proposals_.empty());
    EXPECT_EQ(proposals_.back().target, of_hashes(work / 1000)) << "its max_target, not beyond";
    const auto proposals = proposals_.size();
    mine(0, 3h);
    EXPECT_EQ(proposals_.size(), proposals) << "and not once again";
}

TEST_F(ChannelBookTest, TheTargetFollowsTheNominalHashRateAtOnceWhereItWasMadeForAnother) {
    open(1, hash_rate * 100);
    ASSERT_EQ(proposals_.size(), 1U);
    EXPECT_NEAR(bitcoin::expected_hashes(proposals_[0].target) / work, 100, 0.1);
}

TEST_F(ChannelBookTest, AChannelThatWasRefusedIsNone) {
    RecordMaker maker;
    take(maker.open(key(), hash_rate, of_hashes(work), bitcoin::target_max(), "unknown-user"));
    EXPECT_EQ(book_.find(key()), nullptr);
}

TEST_F(ChannelBookTest, AClosedChannelIsForgotten) {
    open();
    RecordMaker maker;
    take(maker.event(bus::ChannelClose{key(), "by-miner"}));
    EXPECT_EQ(book_.find(key()), nullptr);
}

TEST_F(ChannelBookTest, AChannelWhoseOpeningIsNoLongerInTheLogIsTakenAsItIsFound) {
    mine(hash_rate, 3h);
    ASSERT_NE(book_.find(key()), nullptr);
    EXPECT_TRUE(proposals_.empty());
    EXPECT_TRUE(std::holds_alternative<Found>(book_.find(key())->history.front().what));
}

TEST_F(ChannelBookTest, ASmallerMaximumIsMetAtOnceAndALargerOnePermits) {
    open(1, hash_rate, of_hashes(work));
    RecordMaker smaller;
    take(smaller.event(bus::ChannelUpdate{.key = key(),
                                          .nominal_hash_rate = hash_rate,
                                          .max_target = of_hashes(work * 5),
                                          .user_identity = "alice.rig1",
                                          .outputs_id = {}}));
    ASSERT_EQ(proposals_.size(), 1U);
    EXPECT_EQ(proposals_[0].target, of_hashes(work * 5));
    RecordMaker larger;
    take(larger.event(bus::ChannelUpdate{.key = key(),
                                         .nominal_hash_rate = hash_rate,
                                         .max_target = bitcoin::target_max(),
                                         .user_identity = "alice.rig1",
                                         .outputs_id = {}}));
    ASSERT_EQ(proposals_.size(), 2U);
    EXPECT_NEAR(aimed() / hash_rate, 1, 0.01);
}

TEST_F(ChannelBookTest, AProxyWhoseMinersComeAndGoIsTakenAtItsWordAtOnce) {
    open();
    mine(hash_rate, 1h);
    ASSERT_TRUE(proposals_.empty());
    update(hash_rate * 20);
    EXPECT_NEAR(aimed() / hash_rate, 20, 2);
    update(hash_rate / 50);
    EXPECT_NEAR(aimed() / hash_rate, 1.0 / 50, 0.002);
    update(hash_rate / 45);
    update(0);
    EXPECT_EQ(proposals_.size(), 2U) << "a little more, or nothing said";
}

TEST_F(ChannelBookTest, WhoSpokeOfTooMuchMayTakeItBackBeforeTheFirstShare) {
    open(1, 1e11F);
    mine(hash_rate, 5s);
    update(hash_rate);
    EXPECT_NEAR(aimed() / hash_rate, 1, 0.01);
}

TEST_F(ChannelBookTest, WhatSharesSayIsWorthMoreThanWhatAMinerSays) {
    open(1, hash_rate * 100);
    mine(hash_rate, 3h);
    ASSERT_NEAR(aimed() / hash_rate, 1, 0.3);
    const auto proposals = proposals_.size();
    update(hash_rate * 1000);
    update(hash_rate * 2);
    EXPECT_EQ(proposals_.size(), proposals) << "neither was what it said before";
}

TEST_F(ChannelBookTest, AWordThatIsNotKeptIsFoundOut) {
    open();
    mine(hash_rate, 1h);
    update(hash_rate * 8);
    mine(hash_rate, 1h);
    EXPECT_NEAR(aimed() / hash_rate, 1, 0.3);
}

TEST_F(ChannelBookTest, NothingIsBeyondThePoolsBounds) {
    PolicySet set;
    set.bounds = {.hardest = of_hashes(work * 2), .easiest = of_hashes(work / 2)};
    book_.set_policies(policies(set));
    open();
    mine(hash_rate * 50, 20min);
    EXPECT_EQ(book_.find(key())->target, of_hashes(work * 2));
    mine(0, 2h);
    EXPECT_EQ(book_.find(key())->target, of_hashes(work / 2));
}

TEST_F(ChannelBookTest, WhatMeetsTheTargetInForceCountsWhateverItsJob) {
    open();
    const auto shares = [&] { return book_.find(key())->track.state().estimate.shares; };
    const auto easier = of_hashes(work / 10);
    RecordMaker maker;
    maker.share(key(), now_, easier, easier);                              // does not meet it
    maker.share(key(), now_, easier, of_hashes(work));                     // happens to
    maker.share(key(), now_, of_hashes(work * 10), of_hashes(work * 10));  // a harder job
    maker.share(key(), now_, of_hashes(work), of_hashes(work),             // late
                mining::ShareError::stale_share);
    maker.share(key(), now_, of_hashes(work), of_hashes(work),  // counted already
                mining::ShareError::duplicate_share);
    take(maker);
    EXPECT_EQ(shares(), 3);
}

TEST_F(ChannelBookTest, WhereRecordsAreMissingTheNextShareOfAnActiveJobSaysWhatIsInForce) {
    open();
    const auto share_of = [&](double hashes, mining::JobState state) {
        RecordMaker maker;
        maker.share(key(), now_, of_hashes(hashes), of_hashes(hashes));
        maker.record.batch.shares.back().submitted.state = state;
        take(maker);
        return book_.find(key())->target;
    };
    EXPECT_EQ(share_of(work * 2, mining::JobState::active), of_hashes(work))
        << "nothing is missing";
    book_.doubt_targets();
    EXPECT_EQ(share_of(work * 4, mining::JobState::past), of_hashes(work))
        << "its job is an old one";
    EXPECT_EQ(share_of(work * 2, mining::JobState::active), of_hashes(work * 2));
    EXPECT_EQ(share_of(work * 4, mining::JobState::active), of_hashes(work * 2))
        << "once is enough";

    book_.doubt_targets();
    RecordMaker maker;
    take(maker.event(bus::TargetApplied{key(), of_hashes(work)}));
    EXPECT_EQ(share_of(work * 2, mining::JobState::active), of_hashes(work))
        << "the log has said it";
}

TEST_F(ChannelBookTest, AnIdentityMayHaveAPolicyOfItsOwn) {
    open();
    PolicySet set;
    set.by_identity["alice"] = {.shares_per_minute = 60};
    keep(book_.set_policies(policies(set)));
    ASSERT_EQ(proposals_.size(), 1U);
    EXPECT_NEAR(bitcoin::expected_hashes(proposals_[0].target) / work, 0.1, 0.001);
    set.by_identity["alice.rig1"] = {.shares_per_minute = 6};
    keep(book_.set_policies(policies(set)));
    EXPECT_NEAR(aimed() / hash_rate, 1, 0.001);
}

TEST_F(ChannelBookTest, WhenAWholeGatewayFallsSilentItsMinersAreNotBlamedForAMinute) {
    for (std::uint32_t counter = 1; counter <= 50; ++counter) open(counter);
    const auto say = [&](std::uint32_t counter) {
        RecordMaker maker;
        take(maker.share(key(counter), now_, of_hashes(work), of_hashes(work)));
    };
    for (int i = 0; i < 600; ++i) {
        now_ += 1s;
        for (std::uint32_t c = 1; c <= 50; ++c)
            if ((static_cast<std::uint32_t>(i) + c) % 10 == 0) say(c);
        keep(book_.advance(now_));
    }
    const auto silent_since = now_;
    for (int i = 0; i < 50; ++i) {
        now_ += 1s;
        keep(book_.advance(now_));
    }
    EXPECT_LT(book_.find(key(1))->track.until() - silent_since, 5s);
    // What was held up comes with the time at which it was received.
    for (int i = 1; i <= 50; ++i)
        for (std::uint32_t c = 1; c <= 50; ++c)
            if ((static_cast<std::uint32_t>(i) + c) % 10 == 0) {
                RecordMaker maker;
                const auto at = silent_since + std::chrono::seconds{i};
                take(maker.share(key(c), at, of_hashes(work), of_hashes(work)));
            }
    keep(book_.advance(now_));
    EXPECT_TRUE(proposals_.empty());
    // But work that is too hard for all of them is eased after all.
    mine(0, 5min);
    EXPECT_EQ(book_.proposals(testing::epoch).size(), 50U);
}

TEST_F(ChannelBookTest, ADeadGatewaysChannelsAreForgottenAndALivingOnesAreNot) {
    open();
    now_ += 9min;
    book_.forget_dead({}, now_);
    EXPECT_NE(book_.find(key()), nullptr) << "it may be back";
    now_ += 2min;
    book_.forget_dead({testing::epoch}, now_);
    EXPECT_NE(book_.find(key()), nullptr);
    book_.forget_dead({}, now_);
    EXPECT_EQ(book_.find(key()), nullptr);
}

TEST_F(ChannelBookTest, SaysWhyAndForgetsWhatIsLongAgo) {
    open();
    for (int i = 0; i < 30; ++i) mine(i % 2 == 0 ? hash_rate * 4 : hash_rate, 40min);
    const auto& history = book_.find(key())->history;
    EXPECT_EQ(history.size(), history_max);
    const auto decided = std::ranges::count_if(history, [](const HistoryEntry& entry) {
        return std::holds_alternative<Decided>(entry.what);
    });
    EXPECT_GE(decided, 4);
}

TEST_F(ChannelBookTest, WhatNobodyAppliesIsStillProposed) {
    applies_ = false;
    open();
    mine(hash_rate, 10min);
    mine(hash_rate * 4, 20min);
    ASSERT_FALSE(proposals_.empty());
    EXPECT_EQ(book_.find(key())->target, of_hashes(work));
    EXPECT_EQ(book_.proposals(testing::epoch), (Proposals{{key(), proposals_.back().target}}));
    EXPECT_NEAR(bitcoin::expected_hashes(proposals_.back().target) / work, 4, 0.6);
}

// The replica that had the partition before decided it, and it reached the gateway last.
TEST_F(ChannelBookTest, AnotherReplicasTargetIsNotLeftInForce) {
    open(1, hash_rate * 100);
    ASSERT_EQ(proposals_.size(), 1U);
    const auto ours = proposals_[0];
    applied(work * 30);
    EXPECT_EQ(look(10), Proposals{ours}) << "once: what it becomes is in the log";
    EXPECT_EQ(book_.find(key())->target, ours.target);
    EXPECT_TRUE(look(10).empty());
}

TEST_F(ChannelBookTest, AReplicaThatLeavesIsGivenTimeToDoSo) {
    open(1, hash_rate * 100);
    applied(work * 30);
    EXPECT_TRUE(look(2).empty()) << "or two would answer each other all the while";
    applied(work * 100);
    EXPECT_TRUE(look(10).empty()) << "ours came after it";
}

TEST_F(ChannelBookTest, AnotherReplicasTargetIsTakenBackWhereNoneWasEverProposed) {
    open();
    book_.reconcile();
    applied(work * 30);
    EXPECT_EQ(look(10), (Proposals{{key(), of_hashes(work)}}));
}

TEST_F(ChannelBookTest, WhatWasAppliedBeforeWeFollowedTheChannelIsTakenOver) {
    open();
    applied(work * 30);
    EXPECT_TRUE(book_.reconcile().empty());
    EXPECT_TRUE(look(10).empty());
    EXPECT_EQ(book_.find(key())->target, of_hashes(work * 30));
}

TEST_F(ChannelBookTest, WhatIsNearlyWhatWeWantedIsLeftInForce) {
    open(1, hash_rate * 100);
    applied(work * 105);
    EXPECT_TRUE(look(10).empty());
}

TEST_F(ChannelBookTest, WhatAMinerAskedForItselfIsNotContradicted) {
    open();
    book_.reconcile();
    RecordMaker maker;
    maker.event(bus::ChannelUpdate{.key = key(),
                                   .nominal_hash_rate = hash_rate,
                                   .max_target = of_hashes(work * 5),
                                   .user_identity = "alice.rig1",
                                   .outputs_id = {}});
    applies_ = false;
    take(maker.event(bus::TargetApplied{key(), of_hashes(work * 5)}));
    EXPECT_EQ(proposals_.size(), 1U) << "the same, as it follows the limit";
    EXPECT_TRUE(look(10).empty());
}

}  // namespace
}  // namespace vardiff
