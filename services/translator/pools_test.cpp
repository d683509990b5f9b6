#include "translator/pool_channels_testing.h"

namespace translator {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

/// Which of several pools miners work for.
using PoolsTest = PoolChannelsTest;

TEST_F(PoolsTest, OnlyTheFirstIsDialledAsLongAsItServes) {
    start_with_two();
    add_miners(10);
    run_for(5min);
    EXPECT_EQ(first.channels(), 10U);
    EXPECT_EQ(second.dials, 0U);
    EXPECT_EQ(first.dials, 2U);
}

TEST_F(PoolsTest, WithoutMinersOneConnectionIsEnoughAndItsEndIsNoTrouble) {
    start_with_two();
    run_for(1min);
    EXPECT_EQ(first.dials, 2U);
    dialer.cut(first);
    turn();
    run_for(1s);
    EXPECT_TRUE(channels->is_served());
    EXPECT_EQ(first.dials, 3U);
    EXPECT_EQ(second.dials, 0U);
    EXPECT_EQ(channels->status()[0].trouble, "");
    dialer.kill(first);
    run_for(2s);
    EXPECT_EQ(channels->status()[0].trouble, "nobody listens");
    EXPECT_TRUE(channels->status()[1].is_in_use);
}

TEST_F(PoolsTest, WhenItDiesTheNextTakesOverAtOnceAndLaterItGetsTheMinersBack) {
    start_with_two();
    add_miners(100);
    dialer.kill(first);
    run_for(1s);
    EXPECT_EQ(second.channels(), 100U);
    EXPECT_EQ(mining(), 100U);
    EXPECT_EQ(interruptions(), 100);
    run_for(10min);
    EXPECT_EQ(second.channels(), 100U);
    first.behaviour.is_up = true;
    run_for(60s);
    EXPECT_EQ(second.channels(), 100U) << "not before it has worked for a while";
    run_for(30s);
    EXPECT_EQ(first.channels(), 100U);
    EXPECT_EQ(second.channels(), 0U);
    EXPECT_THAT(second.connections, SizeIs(0));
    EXPECT_EQ(mining(), 100U);
    EXPECT_EQ(interruptions(), 100) << "the way back interrupts nobody";
    EXPECT_THAT(registry.text(), HasSubstr("adit_translator_pool_failovers_total 1"));
    EXPECT_THAT(registry.text(), HasSubstr("adit_translator_pool_returns_total 1"));
    EXPECT_THAT(registry.text(), HasSubstr("adit_translator_pool_channels_moved_total 100"));
}

TEST_F(PoolsTest, APoolThatComesAndGoesDoesNotGetTheMinersBack) {
    start_with_two();
    add_miners(5);
    dialer.kill(first);
    run_for(1s);
    for (int i = 0; i < 10; ++i) {
        first.behaviour.is_up = true;
        run_for(40s);
        dialer.kill(first);
        run_for(15s);
    }
    EXPECT_EQ(second.channels(), 5U);
    EXPECT_EQ(interruptions(), 5);
}

TEST_F(PoolsTest, AShortRestartIsNoReasonToLeave) {
    start_with_two();
    add_miners(5);
    run_for(30s);
    dialer.cut(first);
    run_for(1s);
    EXPECT_EQ(first.channels(), 5U);
    EXPECT_EQ(second.dials, 0U);
}

TEST_F(PoolsTest, APoolThatTakesConnectionsAndSaysNothingIsLeft) {
    first.behaviour.is_silent = true;
    start_with_two();
    add_miners(5);
    run_for(6s);
    EXPECT_EQ(second.channels(), 5U);
    EXPECT_EQ(interruptions(), 0);
}

TEST_F(PoolsTest, APoolThatRefusesTheConnectionIsLeft) {
    first.behaviour.setup_error = "unsupported-protocol";
    start_with_two();
    add_miners(5);
    run_for(1s);
    EXPECT_EQ(second.channels(), 5U);
}

TEST_F(PoolsTest, APoolThatRefusesEveryChannelIsLeftAndTriedLessAndLessOften) {
    first.behaviour.open_error = "unknown-user";
    start_with_two();
    add_miners(20);
    run_for(1s);
    EXPECT_EQ(second.channels(), 20U);
    for (const auto& miner : miners) EXPECT_EQ(miner.refused, "");
    run_for(1h);
    EXPECT_EQ(second.channels(), 20U);
    EXPECT_EQ(interruptions(), 0);
    EXPECT_LE(first.opens, 20U * 8U);
    first.behaviour.open_error = "";
    run_for(2h);
    EXPECT_EQ(first.channels(), 20U);
    EXPECT_EQ(interruptions(), 0);
}

TEST_F(PoolsTest, WhoIsKnownNowhereIsRefused) {
    first.behaviour.unknown_users = second.behaviour.unknown_users = {"mallory"};
    start_with_two();
    auto& miner = add_miner("mallory");
    run_for(1s);
    EXPECT_EQ(miner.refused, "unknown-user");
    add_miners(3);
    run_for(5min);
    EXPECT_EQ(first.channels(), 3U) << "the others are where they should be";
}

TEST_F(PoolsTest, OneThatRefusesSomeIsBetterThanNone) {
    first.behaviour.unknown_users = {"mallory"};
    second.behaviour.is_up = false;
    start_with_two();
    auto& miner = add_miner("mallory");
    run_for(2s);
    EXPECT_EQ(miner.refused, "unknown-user");
    add_miners(3);
    run_for(1s);
    EXPECT_EQ(first.channels(), 3U);
}

TEST_F(PoolsTest, APoolThatNeverAnswersOpensIsLeftAndStaysLeft) {
    first.behaviour.answers_opens = false;
    start_with_two();
    add_miners(50);
    run_for(32s);
    EXPECT_EQ(second.channels(), 50U);
    run_for(30min);
    EXPECT_EQ(second.channels(), 50U);
    EXPECT_EQ(interruptions(), 0);
    // New miners are served while the first is tried again in vain, or soon after.
    add_miners(5);
    run_for(32s);
    EXPECT_EQ(second.channels(), 55U);
}

TEST_F(PoolsTest, APoolWithoutJobsIsLeft) {
    first.behaviour.gives_jobs = false;
    start_with_two();
    add_miners(5);
    run_for(70s);
    EXPECT_EQ(mining(), 5U);
    EXPECT_EQ(second.channels(), 5U);
}

TEST_F(PoolsTest, APoolWithoutJobsIsLeftByThoseWhoCameLaterToo) {
    first.behaviour.gives_jobs = false;
    start_with_two();
    add_miners(1);
    run_for(30s);
    add_miners(5);
    run_for(40s);
    EXPECT_EQ(mining(), 6U);
    EXPECT_EQ(second.channels(), 6U);
}

TEST_F(PoolsTest, TheWayBackWaitsForAJob) {
    start_with_two();
    add_miners(5);
    dialer.kill(first);
    run_for(1s);
    first.behaviour.is_up = true;
    first.behaviour.gives_jobs = false;
    run_for(2min);
    EXPECT_EQ(first.channels(), 5U);
    EXPECT_EQ(second.channels(), 5U);
    EXPECT_EQ(mining(), 5U);
    EXPECT_EQ(interruptions(), 5);
}

TEST_F(PoolsTest, WhereTheSecondDiesTooTheFirstToReturnServes) {
    start_with_two();
    add_miners(5);
    dialer.kill(first);
    run_for(1s);
    dialer.kill(second);
    run_for(1min);
    EXPECT_EQ(mining(), 0U);
    EXPECT_FALSE(channels->is_served());
    second.behaviour.is_up = true;
    run_for(16s);
    EXPECT_EQ(second.channels(), 5U);
    first.behaviour.is_up = true;
    run_for(90s);
    EXPECT_EQ(first.channels(), 5U);
}

TEST_F(PoolsTest, C086_C087_C089_ReconnectLeadsElsewhereUnderTheSameKeyAndInterruptsNobody) {
    start({.pools = {pool_at(first_port)}});
    add_miners(20);
    run_for(15s);
    dialer.say_to_all(first, sv2::Reconnect{.new_host = "other", .new_port = second_port});
    run_for(7s);
    EXPECT_EQ(second.channels(), 20U);
    EXPECT_EQ(first.channels(), 0U);
    EXPECT_EQ(interruptions(), 0);
    EXPECT_EQ(dialer.dialled.back().host, "other");
    EXPECT_EQ(dialer.dialled.back().authority, dialer.dialled.front().authority);
    // If it is no good there, back to what is configured.
    dialer.kill(second);
    run_for(3s);
    EXPECT_EQ(first.channels(), 20U);
}

TEST_F(PoolsTest, AShareThatIsOnItsWayWhenItsChannelMovesGetsItsVerdict) {
    first.behaviour.answers_shares = false;
    start_with_one();
    auto& miner = add_miner();
    run_for(15s);
    ASSERT_TRUE(submit(miner, *miner.job));
    turn();
    dialer.say_to_all(first, sv2::Reconnect{.new_host = "", .new_port = second_port});
    run_for(2s);
    ASSERT_EQ(second.channels(), 1U);
    ASSERT_TRUE(submit(miner, *miner.job));
    turn();
    EXPECT_THAT(miner.verdicts, testing::ElementsAre(Verdict::accepted)) << "the new place's";
    dialer.say_to_all(
        first, sv2::SubmitSharesSuccess{.channel_id = first.last_share.channel,
                                        .last_sequence_number = first.last_share.sequence_number,
                                        .new_submits_accepted_count = 1,
                                        .new_shares_sum = 1});
    turn();
    EXPECT_THAT(miner.verdicts, testing::ElementsAre(Verdict::accepted, Verdict::accepted));
    run_for(4s);
    EXPECT_EQ(first.channels(), 0U);
    EXPECT_EQ(miner.interruptions, 0);
}

TEST_F(PoolsTest, WhatAChannelLeavesBehindMayEndFirst) {
    start_with_one();
    add_miners(10);
    run_for(15s);
    dialer.say_to_all(first, sv2::Reconnect{.new_host = "", .new_port = second_port});
    run_for(1s);
    ASSERT_EQ(second.channels(), 10U);
    dialer.kill(first);
    run_for(10s);
    EXPECT_EQ(mining(), 10U);
    EXPECT_EQ(interruptions(), 0);
}

TEST_F(PoolsTest, ASharesVerdictIsUnknownWhereItsChannelMovesLongBeforeTheAnswer) {
    first.behaviour.answers_shares = false;
    start_with_one();
    auto& miner = add_miner();
    run_for(15s);
    ASSERT_TRUE(submit(miner, *miner.job));
    turn();
    dialer.say_to_all(first, sv2::Reconnect{.new_host = "", .new_port = second_port});
    run_for(7s);
    EXPECT_EQ(second.channels(), 1U);
    EXPECT_EQ(miner.interruptions, 0);
    EXPECT_THAT(miner.verdicts, testing::ElementsAre(Verdict::unknown));
}

TEST_F(PoolsTest, AConnectionThatEndsWhileItNegotiatesDoesNotMeanThatThePoolCannot) {
    auto settings = PoolsSettings{.pools = {pool_at(first_port)}};
    settings.pools[0].connections = 1;
    first.behaviour.answers_extensions = false;
    start(settings);
    auto& miner = add_miner();
    dialer.cut(first);
    turn();
    first.behaviour.answers_extensions = true;
    run_for(1s);
    ASSERT_TRUE(miner.job);
    ASSERT_TRUE(submit(miner, *miner.job));
    turn();
    EXPECT_THAT(first.workers, testing::ElementsAre("rig"));
}

TEST_F(PoolsTest, AReconnectThatLeadsNowhereInterruptsNobodyAsLongAsThePoolWaits) {
    start_with_one();
    add_miners(20);
    run_for(15s);
    dialer.say_to_all(first, sv2::Reconnect{.new_host = "", .new_port = 9});
    run_for(10s);
    EXPECT_EQ(first.channels(), 20U);
    EXPECT_EQ(interruptions(), 0);
    EXPECT_THAT(first.connections, SizeIs(2));
}

TEST_F(PoolsTest, APoolThatSendsUsRoundAndRoundIsFollowedWithBackOff) {
    start_with_one();
    for (int i = 0; i < 240; ++i) {
        run_for(250ms);
        dialer.say_to_all(first, sv2::Reconnect{});
        turn();
    }
    EXPECT_LE(first.dials, 60U);
}

TEST_F(PoolsTest, WhatAPoolDoesNotKnowItIsNotAskedForAgain) {
    first.behaviour.answers_extensions = false;
    first.behaviour.setup_error = "unsupported-feature-flags";
    first.behaviour.setup_error_flags = sv2::mining_client_flag::requires_version_rolling;
    first.behaviour.server_flags = sv2::mining_server_flag::requires_fixed_version;
    start_with_one();
    auto& miner = add_miner();
    run_for(7s);
    ASSERT_TRUE(miner.job);
    EXPECT_TRUE(miner.terms->is_version_fixed);
    EXPECT_FALSE(miner.job->parts->may_roll_version);
    EXPECT_EQ(first.connections.begin()->second.flags, 0U);
    ASSERT_TRUE(submit(miner, *miner.job));
    turn();
    EXPECT_THAT(first.workers, SizeIs(0));
}

TEST_F(PoolsTest, APoolThatHangsIsLeft) {
    start_with_two();
    auto& miner = add_miner();
    run_for(30s);
    first.behaviour.is_silent = true;
    ASSERT_TRUE(submit(miner, *miner.job));
    run_for(40s);
    EXPECT_EQ(second.channels(), 1U);
    EXPECT_THAT(miner.verdicts, testing::ElementsAre(Verdict::unknown));
}

TEST_F(PoolsTest, NonsenseCostsTheConnectionItCameOn) {
    start_with_one();
    add_miners(10);
    run_for(15s);
    const auto number = first.connections.begin()->first;
    dialer.say(number, sv2::encode(sv2::SetNewPrevHash{.channel_id = {1'001}, .job_id = {77}}));
    turn();
    EXPECT_EQ(interruptions(), 5);
    run_for(1s);
    EXPECT_EQ(mining(), 10U);
    EXPECT_THAT(registry.text(), HasSubstr("reason=\"violation\""));
}

/// Pools that die, return, refuse and fall silent by chance while miners come and go: nobody is
/// forgotten.
TEST_F(PoolsTest, WhateverPoolsDoEveryMinerMinesInTheEnd) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        SCOPED_TRACE(seed);
        base::SeededRandom chance{seed};
        const auto below = [&](std::uint64_t bound) { return chance.next_u64() % bound; };
        miners.clear();
        first = {};
        second = {};
        start_with_two();
        add_miners(30);
        for (int step = 0; step < 200; ++step) {
            auto& pool = below(2) == 0 ? first : second;
            switch (below(10)) {
                case 0: dialer.kill(pool); break;
                case 1: dialer.cut(pool); break;
                case 2: pool.behaviour.open_error = below(3) == 0 ? "unknown-user" : ""; break;
                case 3: pool.behaviour.answers_opens = below(3) != 0; break;
                case 4: pool.behaviour.gives_jobs = below(3) != 0; break;
                case 5: dialer.say_to_all(pool, sv2::Reconnect{}); break;
                case 6: pool.behaviour.is_silent = below(4) == 0; break;
                case 7:
                    for (auto& miner : miners)
                        if (miner.job && below(2) == 0) submit(miner, *miner.job);
                    break;
                default: pool.behaviour.is_up = true; break;
            }
            run_for(std::chrono::milliseconds{250 * (1 + below(40))});
            while (channels->channels() < 30) add_miner();  // who was refused comes back
        }
        for (auto* pool : {&first, &second}) {
            pool->behaviour = {};
            dialer.cut(*pool);  // whoever was silent has lost its state
        }
        EXPECT_GT(interruptions(), 30);
        run_for(5min);
        EXPECT_EQ(mining(), 30U);
        EXPECT_EQ(first.channels() + second.channels(), 30U);
        channels.reset();
        turn();
    }
}

}  // namespace
}  // namespace translator
