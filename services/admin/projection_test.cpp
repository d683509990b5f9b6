#include "admin/projection.h"

#include <gmock/gmock.h>

#include "admin/synthetic_pool_testing.h"
#include "ledger/keys.h"

namespace admin {
namespace {

using namespace std::chrono_literals;

constexpr base::UnixMicros start{1'700'000'000s};
constexpr SyntheticPool::Settings small{.channels = 40,
                                        .workers_in_identity = 4,
                                        .partitions = 2,
                                        .gateways = 2,
                                        .shares_per_second = 20,
                                        .shares_in_record = 8};

/// Forty miners that each find a share every two seconds, and the records of it, second by second.
struct ProjectionTest : testing::Test {
    void take(const std::vector<SyntheticPool::Entry>& entries) {
        for (const auto& entry : entries) {
            const auto record = share_log::decode_record(entry.record, entry.duplicates);
            ASSERT_TRUE(record);
            if (is_lost(*record)) continue;
            projection.take(*record, {.partition = entry.partition, .committed_at = now});
        }
    }
    void run(std::chrono::seconds time, bool with_shares = true) {
        for (; time > 0s; time -= 1s) {
            if (with_shares) take(synthetic.shares(now, 1s));
            now += 1s;
            for (std::uint32_t partition = 0; partition < small.partitions; ++partition)
                projection.channels().silence().set_complete(partition, now);
            projection.pass(now, true);
            for (int slice = 0; slice < 10; ++slice) projection.refresh(now, whereabouts);
            projection.write_pool(now, now);
        }
    }
    std::string firmware = "Braiins OS 25.01";
    ChannelBook::WhereaboutsOf whereabouts = [this](mining::ChannelKey key) {
        const auto gateway = "gateways/" + std::to_string(key.epoch().value);
        return ChannelBook::Whereabouts{
            .gateway = gateway, .connection = gateway + "/connections/7", .firmware = firmware};
    };
    /// Whether nothing of this record is to come.
    std::function<bool(const share_log::Record&)> is_lost = [](const auto&) { return false; };

    share_log::Record record_of(bus::EventBody event) {
        share_log::Record record;
        record.batch.epoch = mining::Epoch{1};
        record.batch.events.push_back({0, std::move(event)});
        return record;
    }
    const proto::Channel& channel(std::uint32_t number) {
        const auto* row =
            view.channels.find("channels/" + ledger::keys::channel_name(synthetic.key(number)));
        EXPECT_NE(row, nullptr);
        static const proto::Channel none;
        return row == nullptr ? none : *row;
    }
    std::size_t silent() {
        std::size_t count = 0;
        view.channels.for_each(
            [&](const proto::Channel& row) { count += row.is_silent() ? 1U : 0U; });
        return count;
    }

    SyntheticPool synthetic{small};
    View view{};
    Projection projection{view};
    base::UnixMicros now = start;
};

TEST_F(ProjectionTest, ShowsChannelsWorkersAccountsAndThePool) {
    take(synthetic.opens());
    run(20min);
    ASSERT_EQ(view.channels.size(), 40U);
    const auto& row = channel(3);
    EXPECT_EQ(row.user_identity(), "account0.rig3");
    EXPECT_EQ(row.gateway(), "gateways/2");
    EXPECT_NEAR(row.difficulty(), 65'536, 1);
    EXPECT_NEAR(row.hash_rates().last_5_minutes() / synthetic.hash_rate_of_each(), 1, 0.35);
    EXPECT_NEAR(row.convergence(), 1, 0.3);
    EXPECT_NEAR(static_cast<double>(row.shares().accepted()), 600, 120);
    EXPECT_FALSE(row.is_silent());

    ASSERT_EQ(view.workers.size(), 40U);
    const auto* worker = view.workers.find("identities/account0/workers/rig3");
    ASSERT_NE(worker, nullptr);
    EXPECT_EQ(worker->state(), proto::Worker::STATE_MINING);
    EXPECT_EQ(worker->channels(), 1U);
    EXPECT_EQ(worker->shares().accepted(), row.shares().accepted());
    ASSERT_EQ(view.identities.size(), 10U);
    const auto* identity = view.identities.find("identities/account0");
    ASSERT_NE(identity, nullptr);
    EXPECT_EQ(identity->workers(), 4U);
    EXPECT_EQ(identity->active_workers(), 4U);
    EXPECT_EQ(identity->channels(), 4U);

    EXPECT_EQ(view.pool.channels(), 40U);
    EXPECT_EQ(view.pool.active_workers(), 40U);
    EXPECT_NEAR(view.pool.hash_rates().last_minute() / (40 * synthetic.hash_rate_of_each()), 1,
                0.1);
    EXPECT_NEAR(view.pool.accepted_per_minute(), 1180, 40);
    EXPECT_EQ(view.pool.convergence().near(), 40U);
    EXPECT_NEAR(view.pool.convergence().median_ratio(), 1, 0.05);
    const double work = view.pool.shares_last_day().work();
    EXPECT_NEAR(view.pool.expected_blocks_last_day() / (work / 102.3e12), 1, 0.01);
    EXPECT_NEAR(view.pool.shares_last_hour().valid_ratio(), 0.99, 0.005);
    EXPECT_EQ(view.pool.log_time().seconds(), 1'700'001'200);
}

TEST_F(ProjectionTest, TellsThroughWhichConnectionAndWithWhatFirmware) {
    take(synthetic.opens());
    run(10s);
    EXPECT_EQ(channel(0).connection(), channel(0).gateway() + "/connections/7");
    std::size_t known = 0;
    view.workers.for_each([&](const auto& row) { known += row.firmware() == firmware ? 1U : 0U; });
    EXPECT_EQ(known, view.workers.size());
    // What it ran last stays, when nobody says it any more.
    firmware.clear();
    run(10s);
    view.workers.for_each([&](const auto& row) { EXPECT_EQ(row.firmware(), "Braiins OS 25.01"); });
}

TEST_F(ProjectionTest, TakesARowThatDoesNotDifferForNoChange) {
    take(synthetic.opens());
    run(10s);
    projection.refresh(now, whereabouts);
    const auto channels = view.channels.version();
    const auto workers = view.workers.version();
    for (int slice = 0; slice < 20; ++slice) projection.refresh(now, whereabouts);
    EXPECT_EQ(view.channels.version(), channels);
    EXPECT_EQ(view.workers.version(), workers);
}

TEST_F(ProjectionTest, CallsAMinerSilentWhenChanceDoesNotExplainIt) {
    take(synthetic.opens());
    run(20min);
    EXPECT_EQ(silent(), 0U);
    // The rest of its partition goes on.
    const auto silenced = synthetic.key(5);
    const auto shares_of_others = [&](const share_log::Record& record) {
        for (const auto& job : record.batch.jobs)
            if (job.record.channel == silenced) return true;
        return false;
    };
    is_lost = shares_of_others;
    run(10s);
    EXPECT_FALSE(channel(5).is_silent()) << "five shares are missing, as often happens";
    run(25s);
    EXPECT_TRUE(channel(5).is_silent());
    EXPECT_LE(channel(5).silence_probability(), 1e-4);
    EXPECT_EQ(view.workers.find("identities/account1/workers/rig1")->state(),
              proto::Worker::STATE_SILENT);
    is_lost = [](const auto&) { return false; };
    run(10s);
    EXPECT_FALSE(channel(5).is_silent());
    EXPECT_EQ(view.workers.find("identities/account1/workers/rig1")->state(),
              proto::Worker::STATE_MINING);
}

TEST_F(ProjectionTest, CountsSilenceFromAChangeOfTheTarget) {
    // A record each, so that the others of its gateway go on when its shares do not come.
    auto one_by_one = small;
    one_by_one.shares_in_record = 1;
    synthetic = SyntheticPool{one_by_one};
    take(synthetic.opens());
    run(10min);
    // Sixteen times as hard: a share every 32 seconds.
    const auto harder = bitcoin::target_of(bitcoin::Difficulty{std::uint64_t{1} << 52});
    projection.take(record_of(bus::TargetApplied{synthetic.key(5), harder}),
                    {.partition = 1, .committed_at = now});
    is_lost = [&](const share_log::Record& record) {
        for (const auto& job : record.batch.jobs)
            if (job.record.channel == synthetic.key(5)) return true;
        return false;
    };
    run(4min);
    EXPECT_FALSE(channel(5).is_silent());
    run(3min);
    EXPECT_TRUE(channel(5).is_silent());
}

TEST_F(ProjectionTest, DoesNotTakeAStoppedGatewayForSilentMiners) {
    take(synthetic.opens());
    run(10min);
    is_lost = [](const share_log::Record& record) {
        return record.batch.epoch == mining::Epoch{2};
    };
    run(55s);
    EXPECT_EQ(silent(), 0U);
    is_lost = [](const auto&) { return false; };
    run(10s);
    EXPECT_EQ(silent(), 0U) << "their silence counts from its return";
    projection.set_stuck_check([](mining::Epoch) { return true; });
    run(5min, false);
    EXPECT_EQ(silent(), 0U) << "the gateways say that they stand still";
    projection.set_stuck_check([](mining::Epoch) { return false; });
    run(1s, false);
    EXPECT_EQ(silent(), 40U);
}

TEST_F(ProjectionTest, DoesNotTakeAnAbsentLedgerForSilentMiners) {
    take(synthetic.opens());
    run(10min);
    now += 2min;
    for (std::uint32_t partition = 0; partition < small.partitions; ++partition)
        projection.channels().excuse(partition, now + 10s);
    run(15s);
    EXPECT_EQ(silent(), 0U);
}

TEST_F(ProjectionTest, ForgetsChannelsThatAreClosedOrWhoseGatewayIsReaped) {
    take(synthetic.opens());
    run(1s);
    projection.take(record_of(bus::ChannelClose{synthetic.key(0), "closed"}),
                    {.partition = 0, .committed_at = now});
    EXPECT_EQ(view.channels.size(), 39U);
    EXPECT_EQ(projection.channels().epochs(), (std::vector{mining::Epoch{1}, mining::Epoch{2}}));
    projection.channels().close_all_of(mining::Epoch{2});
    EXPECT_EQ(view.channels.size(), 19U);
    run(2s, false);
    EXPECT_EQ(view.channels.size(), 19U);
    EXPECT_EQ(view.workers.find("identities/account0/workers/rig0")->state(),
              proto::Worker::STATE_GONE);
}

TEST_F(ProjectionTest, ShowsWhatTheLedgerHasSummedUpOnce) {
    share_log::Sums sums;
    sums.accepted = 1'000;
    sums.credited += bitcoin::Difficulty{std::uint64_t{1} << 40};
    auto all = sums;
    all += sums;
    projection.miners().add_sums({{"i:account0", all}, {"w:account0.rig0", sums}});
    const auto opens = synthetic.opens();
    take(opens);
    const auto seconds = synthetic.shares(now, 1s);
    for (const auto& entry : seconds) {
        const auto record = share_log::decode_record(entry.record, entry.duplicates);
        projection.take(*record,
                        {.partition = entry.partition, .committed_at = now, .is_in_sums = true});
    }
    run(1s, false);
    EXPECT_EQ(view.workers.find("identities/account0/workers/rig0")->shares().accepted(), 1'000U);
    EXPECT_EQ(view.workers.find("identities/account0/workers/-")->shares().accepted(), 1'000U);
    EXPECT_EQ(view.identities.find("identities/account0")->shares().work(), 512);
}

TEST_F(ProjectionTest, HasAHistoryForEachWorkerAndAccount) {
    take(synthetic.opens());
    run(25min);
    const auto history = projection.worker_history("identities/account0/workers/rig3", now, 1h);
    ASSERT_TRUE(history);
    EXPECT_EQ(history->step, 600s);
    ASSERT_EQ(history->points.size(), 6U);
    EXPECT_NEAR(history->points[5].hash_rate() / synthetic.hash_rate_of_each(), 1, 0.25);
    EXPECT_NEAR(history->points[5].accepted_per_minute(), 30, 8);
    EXPECT_EQ(history->points[0].hash_rate(), 0);
    EXPECT_EQ(projection.worker_history("identities/account0", now, 24h)->points.size(), 144U);
    EXPECT_FALSE(projection.worker_history("identities/nobody", now, 1h));
}

TEST(MinerBook, GivesRoomToSoManyNamesAndOneRowToTheRest) {
    View view;
    MinerBook miners{view.workers, view.identities, 3};
    for (int i = 0; i < 10; ++i)
        miners.channel_opened(miners.worker("account" + std::to_string(i), "rig"));
    miners.refresh(100, start);
    EXPECT_EQ(view.identities.size(), 4U);
    EXPECT_EQ(view.workers.size(), 4U);
    const auto* others = view.workers.find("identities/~others/workers/~others");
    ASSERT_NE(others, nullptr);
    EXPECT_EQ(others->channels(), 7U);
    EXPECT_EQ(view.identities.find("identities/~others")->channels(), 7U);
}

}  // namespace
}  // namespace admin
