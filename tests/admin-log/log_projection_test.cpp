#include "admin/log_projection.h"

#include <gmock/gmock.h>

#include "admin/synthetic_pool_testing.h"
#include "ledger/fixture.h"
#include "ledger/pool_config.h"
#include "share_log/projector.h"

namespace admin {
namespace {

using namespace std::chrono_literals;
using test_support::run_until;

/// A real Redis with the log of a small pool in two partitions, of the present.
class LogProjectionTest : public ledger::LedgerTest {
  protected:
    void SetUp() override {
        server_.run({"HSET", ledger::keys::pool_config, "partitions", "2"});
        write(synthetic_.opens());
        written_ = clock_.unix_now();
    }
    /// As the ledger does: record, duplicates, bytes so far.
    void write(const std::vector<SyntheticPool::Entry>& entries) {
        for (const auto& entry : entries) {
            auto& bytes = bytes_[entry.partition];
            bytes += entry.record.size() + entry.duplicates.size();
            server_.run({"XADD", ledger::keys::log(entry.partition), "*", "r", entry.record, "d",
                         entry.duplicates, "b", std::to_string(bytes)});
        }
    }
    void write_shares(std::chrono::seconds time) {
        write(synthetic_.shares(clock_.unix_now() - time, time));
    }
    /// The miners go on: the shares that they found since the last ones are written, again and
    /// again.
    void mine_for(std::chrono::milliseconds time) {
        const auto until = std::chrono::steady_clock::now() + time;
        do {
            const auto now = clock_.unix_now();
            write(synthetic_.shares(written_, now - written_));
            written_ = now;
            const auto pause = std::chrono::steady_clock::now() + 100ms;
            run_until(io_, [&] { return std::chrono::steady_clock::now() > pause; });
        } while (std::chrono::steady_clock::now() < until);
    }
    std::size_t silent() {
        std::size_t count = 0;
        view_.channels.for_each([&](const auto& row) { count += row.is_silent() ? 1U : 0U; });
        return count;
    }
    std::unique_ptr<LogProjection> start(std::uint32_t partitions = 2) {
        auto made = std::make_unique<LogProjection>(
            io_, client_, clock_,
            LogProjection::Settings{.partitions = partitions, .poll_interval = 5ms}, view_,
            metrics_);
        made->start();
        return made;
    }
    std::uint64_t accepted(const char* worker) {
        const auto* row = view_.workers.find(worker);
        return row == nullptr ? 0 : row->shares().accepted();
    }
    std::uint64_t shares_in_pool() {
        return view_.pool.shares_last_hour().accepted() + view_.pool.shares_last_hour().rejected();
    }

    SyntheticPool synthetic_{{.channels = 20,
                              .workers_in_identity = 4,
                              .partitions = 2,
                              .gateways = 1,
                              .shares_per_second = 40,
                              .shares_in_record = 16}};
    std::map<std::uint32_t, std::uint64_t> bytes_{};
    base::UnixMicros written_{};
    View view_{};
    service::Registry metrics_{"admin", "test"};
};

TEST_F(LogProjectionTest, ShowsWhatTheLogHasAndWhatIsYetToCome) {
    write_shares(10s);
    const auto projection = start();
    ASSERT_TRUE(run_until(io_, [&] { return shares_in_pool() == 400; }));
    EXPECT_EQ(view_.channels.size(), 20U);
    EXPECT_EQ(view_.identities.size(), 5U);
    EXPECT_TRUE(projection->has_caught_up());
    write_shares(5s);
    ASSERT_TRUE(run_until(io_, [&] { return shares_in_pool() == 600; }));
    EXPECT_FALSE(projection->pool_history(1h).points.empty());
    EXPECT_TRUE(projection->worker_history("identities/account0", 24h));
    EXPECT_TRUE(run_until(io_, [&] { return clock_.unix_now() - projection->log_time() < 2s; }));
    projection->stop();
}

TEST_F(LogProjectionTest, BelievesRedisHowManyPartitionsThereAre) {
    write_shares(10s);
    const auto projection = start(16);
    ASSERT_TRUE(run_until(io_, [&] { return shares_in_pool() == 400; }));
    projection->stop();
}

TEST_F(LogProjectionTest, ShowsChannelsThatWereOpenedBeforeTheLogBegins) {
    const auto key = *mining::ChannelKey::of(mining::Epoch{9}, 1);
    server_.run({"HSET", ledger::keys::channel(1, key), "kind", "standard", "target",
                 SyntheticPool::target().value.to_be_hex(), "user_identity", "old.rig",
                 "nominal_hash_rate", "1e12", "shares",
                 "7 0 0 0 1700000000000000 0 0 0 0 0 0 0 0 0"});
    const auto projection = start();
    ASSERT_TRUE(run_until(io_, [&] { return view_.channels.size() == 21; }));
    const auto* row = view_.channels.find("channels/" + ledger::keys::channel_name(key));
    ASSERT_NE(row, nullptr);
    EXPECT_EQ(row->user_identity(), "old.rig");
    EXPECT_EQ(row->shares().accepted(), 7U);
    // Its last share was in 2023.
    ASSERT_TRUE(run_until(io_, [&] {
        const auto* again = view_.channels.find("channels/" + ledger::keys::channel_name(key));
        return again != nullptr && again->is_silent();
    }));
    // Its gateway is taken for dead.
    server_.run({"HSET", ledger::keys::gateways(0), ledger::keys::reaped_field(key.epoch()), "1"});
    ASSERT_TRUE(run_until(io_, [&] { return view_.channels.size() == 20; }));
    projection->stop();
}

TEST_F(LogProjectionTest, CountsEachShareOnceWhateverTheSumsHave) {
    write_shares(10s);
    share_log::Projector first{io_, client_, {.partition = 0, .poll_interval = 2ms}};
    share_log::Projector second{io_, client_, {.partition = 1, .poll_interval = 2ms}};
    first.start();
    second.start();
    ASSERT_TRUE(run_until(io_, [&] {
        return first.position().bytes == bytes_[0] && second.position().bytes == bytes_[1];
    }));
    first.stop();
    second.stop();
    write_shares(10s);
    const auto projection = start();
    ASSERT_TRUE(run_until(io_, [&] { return shares_in_pool() == 800; }));
    ASSERT_TRUE(run_until(io_, [&] {
        std::uint64_t all = 0;
        view_.workers.for_each([&](const proto::Worker& row) {
            all += row.shares().accepted() + row.shares().rejected();
        });
        return all == 800;
    }));
    EXPECT_GT(accepted("identities/account0/workers/rig0"), 0U);
    projection->stop();
}

TEST_F(LogProjectionTest, CountsWhatIsMissingAndGoesOn) {
    write_shares(10s);
    const auto projection = start();
    ASSERT_TRUE(run_until(io_, [&] { return shares_in_pool() == 400; }));
    bytes_[0] += 1000;
    server_.run({"XADD", ledger::keys::log(1), "*", "r", "no record", "d", "", "b",
                 std::to_string(bytes_[1] += 9)});
    write_shares(5s);
    ASSERT_TRUE(run_until(io_, [&] { return shares_in_pool() == 600; }));
    const auto text = metrics_.text();
    EXPECT_THAT(text, testing::HasSubstr("adit_admin_log_gaps_total 1"));
    EXPECT_THAT(text, testing::HasSubstr("adit_admin_log_missed_bytes_total 1000"));
    EXPECT_THAT(text, testing::HasSubstr("adit_admin_log_unreadable_total 1"));
    projection->stop();
}

TEST_F(LogProjectionTest, TakesNobodyForSilentWhileRedisIsAway) {
    // From their opening on: shares of before would make them faster than they are.
    const auto projection = start();
    mine_for(3s);
    // Chance alone finds one now and then; whoever counts the time without Redis finds all twenty.
    constexpr std::size_t by_chance = 3;
    ASSERT_LE(silent(), by_chance) << "of miners that mine";
    server_.freeze();
    const auto until = std::chrono::steady_clock::now() + 8s;
    run_until(io_, [&] { return std::chrono::steady_clock::now() > until; });
    EXPECT_LE(silent(), by_chance) << "while Redis is away";
    server_.thaw();
    for (int i = 0; i < 10; ++i) {
        mine_for(200ms);
        ASSERT_LE(silent(), by_chance) << "since Redis is back";
    }
    projection->stop();
}

}  // namespace
}  // namespace admin
