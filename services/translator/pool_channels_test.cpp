#include "translator/pool_channels_testing.h"

namespace translator {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST_F(PoolChannelsTest, AMinerGetsTermsAndACleanJobAndVerdicts) {
    start_with_one();
    auto& miner = add_miner("alice.rig");
    turn();
    ASSERT_TRUE(miner.job);
    EXPECT_EQ(miner.terms->extranonce_size, 8U);
    EXPECT_EQ(first.connections.begin()->second.flags,
              sv2::mining_client_flag::requires_version_rolling);
    EXPECT_EQ(submit(miner, *miner.job), ShareTicket{1});
    turn();
    EXPECT_THAT(miner.verdicts, ElementsAre(Verdict::accepted));
    EXPECT_THAT(first.workers, ElementsAre("rig"));
    first.behaviour.share_error = "difficulty-too-low";
    EXPECT_EQ(submit(miner, *miner.job), ShareTicket{2});
    turn();
    EXPECT_THAT(miner.verdicts, ElementsAre(Verdict::accepted, Verdict::low));
    EXPECT_EQ(miner.last_code, "difficulty-too-low");
}

TEST_F(PoolChannelsTest, ChannelsAreSpreadOverTheConnections) {
    start_with_one();
    add_miners(100);
    EXPECT_EQ(mining(), 100U);
    ASSERT_THAT(first.connections, SizeIs(2));
    for (const auto& [number, connection] : first.connections)
        EXPECT_THAT(connection.channels, SizeIs(50));
}

TEST_F(PoolChannelsTest, ThePoolIsToldWhatItsPatternSays) {
    start({.pools = {pool_at(first_port, "farm.{worker}")}});
    add_miner("alice.rig7");
    turn();
    std::vector<std::string> users;
    for (const auto& [number, connection] : first.connections)
        for (const auto& [id, channel] : connection.channels) users.push_back(channel.user);
    EXPECT_THAT(users, ElementsAre("farm.rig7"));
    EXPECT_THROW(start({.pools = {pool_at(first_port, "{nobody}")}}), std::invalid_argument);
}

TEST_F(PoolChannelsTest, WhoComesBeforeThePoolIsThereWaitsForIt) {
    first.behaviour.is_up = false;
    start_with_one();
    auto& miner = add_miner();
    run_for(20s);
    EXPECT_FALSE(miner.terms);
    EXPECT_FALSE(channels->is_served());
    EXPECT_EQ(channels->unserved_since(), base::ManualClock{}.steady_now());
    EXPECT_LE(first.dials, 20U) << "with back-off";
    first.behaviour.is_up = true;
    run_for(16s);
    EXPECT_TRUE(miner.job);
    EXPECT_TRUE(channels->is_served());
    EXPECT_EQ(miner.interruptions, 0);
}

TEST_F(PoolChannelsTest, TenThousandAreAskedForInTurn) {
    start_with_one();
    add_miners(10'000);
    run_for(1s);
    EXPECT_EQ(mining(), 10'000U);
    EXPECT_LE(first.most_unanswered_opens, 200U);
    EXPECT_EQ(first.opens, 10'000U);
}

TEST_F(PoolChannelsTest, ManyMoreChannelsGetMoreConnections) {
    start_with_one();
    add_miners(16'000);
    run_for(2s);
    EXPECT_EQ(mining(), 16'000U);
    EXPECT_THAT(first.connections, SizeIs(4));
    for (const auto& [number, connection] : first.connections)
        EXPECT_LE(connection.channels.size(), Pool::channels_per_connection_max);
}

TEST_F(PoolChannelsTest, ClosingEndsAChannelWhereverItIs) {
    start_with_one();
    auto& mining_one = add_miner();
    turn();
    channels->close(mining_one.channel);
    auto& asked_one = add_miner();
    loop.restart();
    loop.poll_one();  // it is asked for
    channels->close(asked_one.channel);
    auto& waiting_one = add_miner();
    channels->close(waiting_one.channel);
    channels->close(waiting_one.channel);
    turn();
    turn();
    EXPECT_EQ(first.channels(), 0U);
    EXPECT_EQ(channels->channels(), 0U);
    EXPECT_FALSE(asked_one.terms);
    EXPECT_FALSE(waiting_one.terms);
}

TEST_F(PoolChannelsTest, AListenerMayCloseItsChannelWhenItIsToldSomething) {
    start_with_one();
    for (int i = 0; i < 10; ++i) {
        auto& miner = add_miner();
        miner.on_each_job = [this, &miner] { channels->close(miner.channel); };
    }
    turn();
    turn();
    EXPECT_EQ(first.channels(), 0U);
    EXPECT_EQ(channels->channels(), 0U);
}

TEST_F(PoolChannelsTest, AListenerMaySubmitAndOpenWhenItIsToldSomething) {
    start_with_one();
    auto& miner = add_miner();
    miner.on_each_job = [this, &miner] {
        EXPECT_TRUE(submit(miner, *miner.job));
        if (miners.size() < 5) add_miner();
    };
    turn();
    EXPECT_THAT(miner.verdicts, ElementsAre(Verdict::accepted));
    EXPECT_EQ(mining(), 2U);
}

TEST_F(PoolChannelsTest, AShareForAJobOfAConnectionThatIsGoneIsNotSent) {
    start_with_one();
    auto& miner = add_miner();
    turn();
    const auto old_job = *miner.job;
    dialer.cut(first);
    run_for(2s);
    ASSERT_TRUE(miner.job);
    EXPECT_EQ(miner.interruptions, 1);
    EXPECT_FALSE(submit(miner, old_job));
    EXPECT_EQ(submit(miner, *miner.job), ShareTicket{1});
    turn();
    EXPECT_THAT(miner.verdicts, ElementsAre(Verdict::accepted));
}

TEST_F(PoolChannelsTest, SharesOnTheirWayWhenTheConnectionEndsGetAnAnswer) {
    first.behaviour.answers_shares = false;
    start_with_one();
    auto& miner = add_miner();
    turn();
    ASSERT_TRUE(submit(miner, *miner.job));
    turn();
    EXPECT_THAT(miner.verdicts, IsEmpty());
    dialer.cut(first);
    turn();
    EXPECT_THAT(miner.verdicts, ElementsAre(Verdict::unknown));
    EXPECT_EQ(miner.interruptions, 1);
}

TEST_F(PoolChannelsTest, TheEndOfOneConnectionIsFeltByItsChannelsOnly) {
    start_with_one();
    add_miners(10);
    dialer.cut(first.connections.begin()->first);
    turn();
    turn();
    EXPECT_EQ(interruptions(), 5);
    EXPECT_EQ(mining(), 10U) << "those of the one are at the other";
    run_for(2s);
    EXPECT_THAT(first.connections, SizeIs(2));
    // Newcomers go where there are fewest.
    add_miners(10);
    for (const auto& [number, connection] : first.connections)
        EXPECT_THAT(connection.channels, SizeIs(10));
}

TEST_F(PoolChannelsTest, UpdatesReachThePoolAlsoWhenTheyCameWhileItWasAsked) {
    start_with_one();
    auto& miner = add_miner();
    loop.restart();
    loop.poll_one();
    channels->update(miner.channel, 2e12, bitcoin::target_max());
    turn();
    ASSERT_TRUE(miner.job);
    const auto probes = 1U;
    EXPECT_EQ(first.updates, 1U + probes);
    channels->update(miner.channel, 3e12, bitcoin::target_max());
    turn();
    EXPECT_EQ(first.updates, 2U + probes);
}

TEST_F(PoolChannelsTest, AUserThatThePoolDoesNotKnowIsRefused) {
    first.behaviour.unknown_users = {"mallory"};
    start_with_one();
    add_miners(1);
    auto& miner = add_miner("mallory");
    turn();
    EXPECT_EQ(miner.refused, "unknown-user");
    EXPECT_EQ(channels->channels(), 1U);
    channels->update(miner.channel, 1, bitcoin::target_max());
    channels->close(miner.channel);
    turn();
    EXPECT_EQ(mining(), 1U);
}

TEST_F(PoolChannelsTest, AsksForLessToRollWhereThePoolHasLess) {
    first.behaviour.extranonce_max = 5;
    start_with_one();
    EXPECT_EQ(channels->extranonce_size(), std::nullopt);
    auto& miner = add_miner();
    turn();
    ASSERT_TRUE(miner.terms);
    EXPECT_EQ(miner.terms->extranonce_size, 4U);
    EXPECT_EQ(channels->extranonce_size(), 4U);
    EXPECT_EQ(first.opens, 2U);
    add_miner();
    turn();
    EXPECT_EQ(first.opens, 3U) << "known from now on";
    FakePool none;
}

TEST_F(PoolChannelsTest, LessThanAMinerCanUseIsNotAskedFor) {
    first.behaviour.extranonce_max = 1;
    start_with_one();
    auto& miner = add_miner();
    turn();
    EXPECT_EQ(miner.refused, "min-extranonce-size-too-large");
    EXPECT_EQ(first.opens, 3U);
}

TEST_F(PoolChannelsTest, AClosedChannelIsOpenedOnceMore) {
    start_with_one();
    add_miners(3);
    auto& miner = miners[0];
    const auto close_all = [&] {
        for (const auto& [number, connection] : first.connections)
            for (const auto& [id, channel] : connection.channels)
                dialer.say(number, sv2::encode(sv2::CloseChannel{.channel_id = {id},
                                                                 .reason_code = "banned"}));
        turn();
    };
    close_all();
    EXPECT_EQ(miner.interruptions, 1);
    EXPECT_EQ(miner.refused, "");
    EXPECT_TRUE(miner.job);
    run_for(61s);
    close_all();
    EXPECT_TRUE(miner.job);
    close_all();
    EXPECT_EQ(miner.refused, "banned");
    EXPECT_EQ(channels->channels(), 0U);
}

TEST_F(PoolChannelsTest, AGroupsJobReachesAllMinersAndIsShared) {
    start_with_one();
    add_miners(10);
    for (auto& [number, connection] : first.connections) {
        base::Bytes frames;
        first.append_group_job(connection, frames);
        dialer.say(number, frames);
    }
    turn();
    for (const auto& miner : miners) {
        EXPECT_EQ(miner.jobs, 2);
        EXPECT_FALSE(miner.job->is_clean);
        EXPECT_EQ(miner.job->min_ntime, 2'000U);
    }
    EXPECT_EQ(miners[0].job->parts, miners[2].job->parts);
}

TEST_F(PoolChannelsTest, VerdictsAreTimedByPool) {
    start_with_one();
    auto& miner = add_miner();
    turn();
    EXPECT_EQ(channels->verdict_time(miner.channel), std::nullopt);
    for (int i = 0; i < 20; ++i) {
        ASSERT_TRUE(submit(miner, *miner.job));
        loop.restart();
        loop.poll_one();  // it leaves
        clock.advance(30ms);
        turn();
    }
    EXPECT_EQ(channels->verdict_time(miner.channel), 30ms);
    EXPECT_EQ(channels->verdict_time({99}), std::nullopt);
}

TEST_F(PoolChannelsTest, ManyWhoComeAndGoWithoutAPoolLeaveNothing) {
    first.behaviour.is_up = false;
    start_with_one();
    for (int i = 0; i < 5'000; ++i) channels->close(add_miner().channel);
    run_for(1s);
    EXPECT_EQ(channels->channels(), 0U);
    EXPECT_THAT(registry.text(), testing::HasSubstr("adit_translator_pool_waiting_channels 0"));
}

}  // namespace
}  // namespace translator
