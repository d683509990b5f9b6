#include "loadgen/sv2_miner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "bitcoin/header.h"
#include "loadgen/sv2_pool_testing.h"

namespace loadgen {
namespace {

using namespace std::chrono_literals;
using sv2::ChannelId;
using sv2::JobId;
using sv2::RequestId;
using testing::block;
using testing::target_of;

constexpr ChannelId channel{5};
constexpr std::uint32_t nbits = 0x1d00ffff;

class Sv2MinerTest : public ::testing::Test {
  protected:
    Sv2MinerTest() {
        plan.user = "load.1";
        plan.standard_channels = 1;
        plan.shares_per_second = 10;
    }
    void make() {
        miner.emplace(world.context, plan, world.clock.steady_now());
        pool.emplace(*miner, world.clock);
    }
    void open(unsigned char target = 0xff) {
        pool->set_up();
        const auto opens = pool->heard_as<sv2::OpenStandardMiningChannel>();
        ASSERT_EQ(opens.size(), 1U);
        EXPECT_EQ(opens[0].user_identity, "load.1");
        pool->tell(sv2::OpenStandardMiningChannelSuccess{.request_id = opens[0].request_id,
                                                         .channel_id = channel,
                                                         .target = target_of(target),
                                                         .extranonce_prefix = prefix});
    }
    /// A future job and the SetNewPrevHash that makes it the one.
    void tell_block(unsigned char number) {
        pool->tell(
            sv2::NewMiningJob{.channel_id = channel,
                              .job_id = JobId{number},
                              .version = 0x20000000,
                              .merkle_root = block(static_cast<unsigned char>(number + 100))},
            sv2::SetNewPrevHash{.channel_id = channel,
                                .job_id = JobId{number},
                                .prev_hash = block(number),
                                .min_ntime = 1'700'000'000,
                                .nbits = nbits});
    }
    void mine(unsigned char target = 0xff) {
        make();
        open(target);
        tell_block(1);
    }
    std::vector<sv2::SubmitSharesStandard> shares_of(std::chrono::microseconds time) {
        pool->pass(world.clock, time);
        return pool->heard_as<sv2::SubmitSharesStandard>();
    }
    void accept(std::uint32_t last, std::uint32_t count) {
        pool->tell(sv2::SubmitSharesSuccess{.channel_id = channel,
                                            .last_sequence_number = last,
                                            .new_submits_accepted_count = count,
                                            .new_shares_sum = count});
    }
    const ShareCounts& counts(Intent intent = Intent::honest) {
        return world.statistics.shares[intent];
    }
    bitcoin::BlockHash hash_of(const sv2::SubmitSharesStandard& share, unsigned char number) {
        return bitcoin::header_hash(bitcoin::Header{
            .version = share.version,
            .prev_hash = {bitcoin::Uint256::from_bytes(block(number))},
            .merkle_root =
                bitcoin::Uint256::from_bytes(block(static_cast<unsigned char>(number + 100))),
            .ntime = share.ntime,
            .nbits = nbits,
            .nonce = share.nonce});
    }

    const base::Bytes prefix = base::to_bytes("prefix");
    testing::World world{};
    Sv2Plan plan{};
    std::optional<Sv2Miner> miner{};
    std::optional<testing::PoolEnd> pool{};
};

TEST_F(Sv2MinerTest, AnOpenLoopDoesNotWaitForAnswers) {
    mine();
    const auto shares = shares_of(100s);
    EXPECT_NEAR(static_cast<double>(shares.size()), 1000, 150);
    std::set<std::pair<std::uint32_t, std::uint32_t>> used;
    for (std::size_t i = 0; i < shares.size(); ++i) {
        EXPECT_EQ(shares[i].sequence_number, i + 1);
        EXPECT_EQ(shares[i].job_id, JobId{1});
        used.emplace(shares[i].version, shares[i].nonce);
    }
    EXPECT_EQ(used.size(), shares.size());
    EXPECT_EQ(counts().waiting(), shares.size());
}

TEST_F(Sv2MinerTest, AShareWaitsFromItsMomentOnHoweverLateItLeaves) {
    mine();
    world.clock.advance(2s);  // this process was held up
    const auto shares = shares_of(0us);
    ASSERT_GT(shares.size(), 5U);
    accept(static_cast<std::uint32_t>(shares.size()), static_cast<std::uint32_t>(shares.size()));
    EXPECT_EQ(counts().accepted, shares.size());
    EXPECT_GT(world.statistics.answers.max_us(), 1'000'000U);
    EXPECT_LT(world.statistics.answers.quantile_us(0.01), 1'900'000U);
    EXPECT_GT(world.context.sv2.late.max_us(), 1'000'000U);
}

TEST_F(Sv2MinerTest, AClosedLoopKeepsSoManyWithoutAnAnswer) {
    plan.shares_per_second = 0;
    plan.in_flight = 3;
    mine();
    EXPECT_EQ(pool->heard_as<sv2::SubmitSharesStandard>().size(), 3U);
    EXPECT_TRUE(shares_of(10s).empty());
    accept(2, 2);
    EXPECT_EQ(pool->heard_as<sv2::SubmitSharesStandard>().size(), 2U);
    pool->tell(sv2::SubmitSharesError{
        .channel_id = channel, .sequence_number = 3, .error_code = "stale-share"});
    EXPECT_EQ(pool->heard_as<sv2::SubmitSharesStandard>().size(), 1U);
    EXPECT_EQ(counts().rejected_by_reason.at("stale-share"), 1U);
    world.context.is_ending = true;
    accept(5, 2);
    EXPECT_TRUE(pool->heard().empty());
}

TEST_F(Sv2MinerTest, HashesWhereTheTargetAsksForIt) {
    mine(0x03);  // one in 64 hashes
    const auto shares = shares_of(20s);
    ASSERT_GT(shares.size(), 100U);
    const bitcoin::Target target{bitcoin::Uint256::from_bytes(target_of(0x03))};
    for (const auto& share : shares) EXPECT_TRUE(target.is_met_by(hash_of(share, 1)));
}

TEST_F(Sv2MinerTest, CountsWhatItsHashesDoNotSufficeFor) {
    world.context.hashes = HashBudget{64 * 5, world.clock.steady_now()};
    mine(0x03);
    const auto shares = shares_of(20s);
    EXPECT_NEAR(static_cast<double>(shares.size()), 100, 40);
    EXPECT_GT(world.statistics.not_found, 30U);
}

TEST_F(Sv2MinerTest, EachBadShareIsBadInItsWay) {
    const struct {
        Intent intent;
        std::function<bool(const sv2::SubmitSharesStandard&)> is_bad;
    } cases[] = {
        {Intent::bad_job_id, [](const auto& share) { return share.job_id.value > 1000; }},
        {Intent::bad_version, [](const auto& share) { return share.version >> 29 != 1; }},
        {Intent::bad_ntime, [](const auto& share) { return share.ntime > 1'700'010'000; }},
        {Intent::stale_job, [](const auto& share) { return share.job_id == JobId{1}; }},
        {Intent::low_difficulty,
         [this](const auto& share) {
             const bitcoin::Target target{bitcoin::Uint256::from_bytes(target_of(0x7f))};
             return !target.is_met_by(hash_of(share, 2));
         }},
    };
    for (const auto& [intent, is_bad] : cases) {
        SCOPED_TRACE(name_of(intent));
        plan.bad = {{intent, 0.5}};
        mine(0x7f);
        tell_block(2);
        std::uint64_t bad = 0;
        const auto before = counts(intent).submitted;
        for (const auto& share : shares_of(20s)) bad += is_bad(share) ? 1U : 0U;
        EXPECT_NEAR(static_cast<double>(bad), 100, 50);
        EXPECT_EQ(counts(intent).submitted - before, bad);
        EXPECT_GT(counts().submitted, 30U);
    }
}

TEST_F(Sv2MinerTest, ADuplicateRepeatsTheShareBefore) {
    plan.bad = {{Intent::duplicate, 0.3}};
    mine(0x7f);
    std::multiset<std::pair<std::uint32_t, std::uint32_t>> used;
    const auto shares = shares_of(20s);
    for (const auto& share : shares) used.emplace(share.version, share.nonce);
    const std::set<std::pair<std::uint32_t, std::uint32_t>> once(used.begin(), used.end());
    EXPECT_EQ(used.size() - once.size(), counts(Intent::duplicate).submitted);
    EXPECT_GT(counts(Intent::duplicate).submitted, 20U);
}

TEST_F(Sv2MinerTest, WhatIsBadAndNotRefusedWasAccepted) {
    plan.bad = {{Intent::bad_version, 1}};
    mine();
    const auto shares = shares_of(2s);
    const auto last = static_cast<std::uint32_t>(shares.size());
    ASSERT_GT(last, 5U);
    pool->tell(sv2::SubmitSharesError{
        .channel_id = channel, .sequence_number = 1, .error_code = "invalid-share"});
    accept(last, last - 1);
    EXPECT_EQ(counts(Intent::bad_version).rejected, 1U);
    EXPECT_EQ(counts(Intent::bad_version).accepted, last - 1);
    EXPECT_EQ(counts().accepted, 0U);
}

TEST_F(Sv2MinerTest, ANewBlockIsTimedFromTheFirstMinerThatHasIt) {
    Sv2Miner other{world.context, plan, world.clock.steady_now()};
    testing::PoolEnd other_pool{other, world.clock};
    mine();
    tell_block(2);
    pool.emplace(other, world.clock);
    open();
    tell_block(1);
    world.clock.advance(7ms);
    tell_block(2);
    const auto& times = world.statistics.new_block_to_job;
    EXPECT_EQ(times.count(), 2U);
    EXPECT_EQ(times.max_us(), 7'000U);
}

TEST_F(Sv2MinerTest, AReconnectWithoutAHostComesBackSoonToTheSamePlace) {
    mine();
    EXPECT_TRUE(miner->is_working());
    shares_of(10s);
    pool->tell(sv2::Reconnect{});
    ASSERT_EQ(pool->wish, Peer::Wish::leave);
    EXPECT_LE(miner->on_left(world.clock.steady_now()), Backoff::asked_max);
    EXPECT_FALSE(miner->sent_to());
    EXPECT_EQ(counts().waiting(), 0U);
    EXPECT_GT(counts().unknown, 50U);
    world.clock.advance(300ms);
    pool.emplace(*miner, world.clock);
    open();
    tell_block(2);
    const auto& sv2 = world.context.sv2;
    ASSERT_EQ(sv2.reconnects.size(), 1U);
    EXPECT_TRUE(sv2.reconnects[0].is_asked);
    EXPECT_EQ(*sv2.reconnects[0].works_again - sv2.reconnects[0].at, 300ms);
    EXPECT_EQ(sv2.longest_without_work, 300ms);
    EXPECT_TRUE(sv2.without_work.empty());
}

TEST_F(Sv2MinerTest, GoesWhereItIsSentAndBackWhenNobodyIsThere) {
    mine();
    pool->tell(sv2::Reconnect{.new_host = "elsewhere", .new_port = 1234});
    ASSERT_EQ(pool->wish, Peer::Wish::leave);
    static_cast<void>(miner->on_left(world.clock.steady_now()));
    ASSERT_TRUE(miner->sent_to());
    EXPECT_EQ(miner->sent_to()->host, "elsewhere");
    EXPECT_EQ(miner->sent_to()->port, 1234);
    miner->on_connecting(world.clock.steady_now());
    const auto wait = miner->on_lost("connect: refused", world.clock.steady_now());
    EXPECT_FALSE(miner->sent_to());
    EXPECT_LE(wait, Backoff::time_min);
    EXPECT_EQ(world.statistics.not_connected.at("connect: refused"), 1U);
}

TEST_F(Sv2MinerTest, ALostConnectionIsTimeWithoutWork) {
    mine();
    pool->pass(world.clock, 6s);
    static_cast<void>(miner->on_lost("closed by the pool", world.clock.steady_now()));
    world.clock.advance(6s);
    miner->on_connecting(world.clock.steady_now());
    static_cast<void>(miner->on_lost("connect: refused", world.clock.steady_now()));
    world.clock.advance(1s);
    pool.emplace(*miner, world.clock);
    open();
    tell_block(3);
    const auto& sv2 = world.context.sv2;
    ASSERT_EQ(sv2.without_work.size(), 1U);
    EXPECT_EQ(sv2.without_work[0].to - sv2.without_work[0].from, 7s);
    EXPECT_EQ(sv2.without_work[0].miner, "load.1");
    EXPECT_FALSE(sv2.reconnects.at(0).is_asked);
    EXPECT_EQ(world.statistics.lost_by_reason.at("closed by the pool"), 1U);
}

TEST_F(Sv2MinerTest, APoolWhoseTipHasNoJobLeavesItWithoutWork) {
    mine();
    world.clock.advance(1s);
    pool->tell(sv2::SetNewPrevHash{.channel_id = channel, .job_id = JobId{77}});
    EXPECT_FALSE(miner->is_working());
    world.clock.advance(3s);
    tell_block(2);
    EXPECT_TRUE(miner->is_working());
    EXPECT_EQ(world.context.sv2.longest_without_work, 3s);
}

TEST_F(Sv2MinerTest, ExtendedSharesHaveAnExtranonceOfTheirOwn) {
    plan.standard_channels = 0;
    plan.extended_channels = 2;
    make();
    pool->set_up();
    const auto opens = pool->heard_as<sv2::OpenExtendedMiningChannel>();
    ASSERT_EQ(opens.size(), 2U);
    for (std::uint32_t i = 0; i < 2; ++i)
        pool->tell(sv2::OpenExtendedMiningChannelSuccess{.request_id = opens[i].request_id,
                                                         .channel_id = ChannelId{i + 1},
                                                         .target = target_of(0xff),
                                                         .extranonce_size = 8,
                                                         .extranonce_prefix = prefix,
                                                         .group_channel_id = ChannelId{9}});
    pool->tell(sv2::NewExtendedMiningJob{.channel_id = ChannelId{9},
                                         .job_id = JobId{1},
                                         .version = 0x20000000,
                                         .version_rolling_allowed = true,
                                         .coinbase_tx_prefix = prefix,
                                         .coinbase_tx_suffix = prefix},
               sv2::SetNewPrevHash{.channel_id = ChannelId{9}, .job_id = JobId{1}});
    EXPECT_TRUE(miner->is_working());
    pool->pass(world.clock, 10s);
    std::set<std::vector<std::byte>> used[3];
    std::size_t count = 0;
    for (const auto& heard : pool->heard()) {
        const auto share = heard.as<sv2::SubmitSharesExtended>();
        ASSERT_EQ(share.extranonce.size(), 8U);
        used[share.channel_id.value].emplace(share.extranonce.begin(), share.extranonce.end());
        ++count;
    }
    EXPECT_EQ(used[1].size() + used[2].size(), count);
    EXPECT_NEAR(static_cast<double>(used[1].size()), static_cast<double>(used[2].size()), 1);
}

TEST_F(Sv2MinerTest, SharesThatGoApartLeaveOneATurn) {
    plan.shares_per_second = 0;
    plan.in_flight = 5;
    plan.sends_apart = true;
    mine();
    EXPECT_EQ(pool->heard_as<sv2::SubmitSharesStandard>().size(), 1U) << "with the work";
    std::size_t turns = 0;
    while (miner->due() <= world.clock.steady_now()) {
        miner->on_due(world.clock.steady_now(), pool->out);
        EXPECT_EQ(pool->heard_as<sv2::SubmitSharesStandard>().size(), 1U);
        ++turns;
    }
    EXPECT_EQ(turns, 4U);
}

TEST_F(Sv2MinerTest, AConnectionsFirstShareMayBeDueWithItsWork) {
    plan.shares_per_second = 1e-6;
    plan.submits_at_once = true;
    mine();
    EXPECT_EQ(shares_of(1s).size(), 1U);
    tell_block(2);
    EXPECT_EQ(shares_of(60s).size(), 0U) << "the next one is found by chance";
}

TEST_F(Sv2MinerTest, WhoWaitsForOthersSubmitsNothingBefore) {
    for (const std::uint64_t in_flight : {0U, 3U}) {
        SCOPED_TRACE(in_flight);
        plan.in_flight = in_flight;
        plan.shares_per_second = in_flight == 0 ? 10 : 0;
        world.context.is_holding = true;
        mine();
        EXPECT_TRUE(shares_of(10s).empty());
        world.context.is_holding = false;
        miner->begin(world.clock.steady_now());
        const auto shares = shares_of(1s).size();
        EXPECT_GE(shares, 3U);
        EXPECT_LE(shares, in_flight == 0 ? 30U : 3U) << "nothing is caught up with";
    }
}

TEST_F(Sv2MinerTest, AReconnectEndsWithAnAcceptedShare) {
    mine();
    static_cast<void>(miner->on_lost("closed by the pool", world.clock.steady_now()));
    pool.emplace(*miner, world.clock);
    open();
    tell_block(3);
    const auto& reconnect = world.context.sv2.reconnects.at(0);
    EXPECT_TRUE(reconnect.works_again);
    EXPECT_FALSE(reconnect.accepted_again);
    const auto shares = shares_of(10s);
    ASSERT_FALSE(shares.empty());
    accept(shares[0].sequence_number, 1);
    EXPECT_EQ(reconnect.accepted_again, world.clock.steady_now());
    EXPECT_LT(reconnect.works_again, reconnect.accepted_again);
}

TEST_F(Sv2MinerTest, AFirstShareThatIsStaleIsFollowedByAnotherAtOnce) {
    plan.shares_per_second = 1e-6;
    plan.submits_at_once = true;
    mine();
    static_cast<void>(miner->on_lost("closed by the pool", world.clock.steady_now()));
    pool.emplace(*miner, world.clock);
    open();
    tell_block(3);
    const auto first = shares_of(1s);
    ASSERT_EQ(first.size(), 1U);
    tell_block(4);
    pool->tell(sv2::SubmitSharesError{.channel_id = channel,
                                      .sequence_number = first[0].sequence_number,
                                      .error_code = "stale-share"});
    const auto second = shares_of(1s);
    ASSERT_EQ(second.size(), 1U);
    accept(second[0].sequence_number, 1);
    EXPECT_TRUE(world.context.sv2.reconnects.at(0).accepted_again);
    EXPECT_EQ(shares_of(60s).size(), 0U) << "the next one is found by chance";
}

TEST_F(Sv2MinerTest, AHashRateFindsWhatTheTargetLetsIt) {
    plan.shares_per_second = 0;
    plan.hash_rate_hps = 640;
    mine(0x03);  // one in 64 hashes
    EXPECT_NEAR(static_cast<double>(shares_of(60s).size()), 600, 120);
    pool->tell(sv2::SetTarget{.channel_id = channel, .maximum_target = target_of(0x00)});
    tell_block(2);  // one in 256
    EXPECT_NEAR(static_cast<double>(shares_of(60s).size()), 150, 60);
}

TEST_F(Sv2MinerTest, GivesUpOnAPoolThatDoesNotAnswer) {
    make();
    pool->accept();
    pool->pass(world.clock, 2min);
    EXPECT_EQ(pool->wish, Peer::Wish::leave);
    EXPECT_EQ(world.statistics.lost_by_reason.at("no answer"), 1U);
}

}  // namespace
}  // namespace loadgen
