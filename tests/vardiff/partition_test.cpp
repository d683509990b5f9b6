#include "vardiff/partition.h"

#include "bus/codec.h"
#include "ledger/fixture.h"
#include "vardiff/book_testing.h"

namespace vardiff {
namespace {

using namespace std::chrono_literals;
using test_support::run_until;
using vardiff::testing::key;
using vardiff::testing::of_hashes;
using vardiff::testing::RecordMaker;

constexpr double work = 1e7;

/// A real log of one gateway's partition; vardiff's clock is wound by hand.
class PartitionTest : public ledger::LedgerTest {
  protected:
    void write(RecordMaker& maker) {
        auto& record = maker.record;
        record.batch.sequence = ++sequence_;
        record.result.epoch = record.batch.epoch;
        record.result.sequence = sequence_;
        // As a gateway names a job whose coinbase the worker knows.
        for (auto& job : record.batch.jobs)
            job.record.extranonce_prefix =
                mining::Extranonce::from(job.record.channel.to_bytes()).value();
        ledger::Commit what;
        what.epoch = record.batch.epoch;
        what.sequence = sequence_;
        what.live_tips = {ledger::tip_a};
        what.shares = static_cast<std::uint32_t>(record.batch.shares.size());
        what.outcome = bus::encode_result(record.result);
        what.record =
            share_log::encode_record(bus::decode_to_worker(bus::encode(record.batch))->batch_bytes,
                                     record.result, record.hashes, {}, {});
        ASSERT_TRUE(commit(what).has_value());
    }
    void open(std::uint32_t counter) {
        RecordMaker maker;
        write(maker.open(key(counter), 1e6F, of_hashes(work)));
    }
    void share(std::uint32_t counter) {
        RecordMaker maker;
        write(maker.share(key(counter), now_.unix_now(), of_hashes(work), of_hashes(work)));
    }
    /// The loop turns, whatever there is to do. By a real clock: the partition's timers run by it.
    void turn_for(std::chrono::milliseconds time) {
        const auto until = std::chrono::steady_clock::now() + time;
        run_until(io_, [&] { return std::chrono::steady_clock::now() >= until; });
    }
    std::unique_ptr<Partition> start() {
        auto partition = std::make_unique<Partition>(
            io_, client_, now_,
            Partition::Settings{.partition = 0, .page_size = 3, .poll_interval = 2ms}, policies_,
            [this](const Proposals& some) {
                proposals_.insert(proposals_.end(), some.begin(), some.end());
            });
        partition->start();
        return partition;
    }
    bool is_at(const Partition& partition, std::uint32_t counter, base::UnixMicros moment) {
        const auto* channel = partition.book().find(key(counter));
        return channel != nullptr && channel->track.until() >= moment;
    }
    bool is_kept() {
        const auto reply = server_.run({"EXISTS", "{p0}:vardiff"});
        return reply.integer() != nullptr && *reply.integer() == 1;
    }

    base::ManualClock now_{clock_.unix_now()};
    std::shared_ptr<const Policies> policies_ = std::make_shared<const Policies>(PolicySet{});
    Proposals proposals_{};
    std::uint64_t sequence_ = 0;
};

TEST_F(PartitionTest, EasesWhoIsSilentWithoutAShare) {
    open(1);
    const auto partition = start();
    ASSERT_TRUE(run_until(io_, [&] { return partition->book().find(key(1)) != nullptr; }));
    EXPECT_TRUE(proposals_.empty());
    now_.advance(3min);
    ASSERT_TRUE(run_until(io_, [&] { return !proposals_.empty(); }));
    EXPECT_EQ(proposals_[0].channel, key(1));
    EXPECT_GT(proposals_[0].target, of_hashes(work));
}

TEST_F(PartitionTest, AfterAKillItGoesOnWhereItWas) {
    for (std::uint32_t counter = 1; counter <= 3; ++counter) open(counter);
    auto partition = start();
    for (int i = 0; i < 30; ++i) {
        now_.advance(7s);
        share(1 + static_cast<std::uint32_t>(i) % 2);
        ASSERT_TRUE(run_until(io_, [&] { return is_at(*partition, 3, now_.unix_now() - 1s); }));
        if (i == 15) {
            partition->keep();
            ASSERT_TRUE(run_until(io_, [&] { return is_kept(); }));
        }
    }
    const auto channels = partition->book().channels();
    partition.reset();  // killed: nothing is kept of the last minutes
    const auto known = proposals_.size();
    ASSERT_GT(known, 0U) << "the third never sent a share";
    const auto again = start();
    ASSERT_TRUE(run_until(io_, [&] { return is_at(*again, 3, now_.unix_now() - 1s); }));
    for (const auto& [at, channel] : channels) {
        const auto* other = again->book().find(at);
        ASSERT_NE(other, nullptr);
        EXPECT_EQ(other->target, channel.target);
        EXPECT_NEAR(other->track.hash_rate() / channel.track.hash_rate(), 1, 0.05);
        EXPECT_EQ(other->proposed.has_value(), channel.proposed.has_value());
    }
}

TEST_F(PartitionTest, AfterAKillItProposesNothingThatWasOvertakenMeanwhile) {
    open(1);
    auto partition = start();
    ASSERT_TRUE(run_until(io_, [&] { return partition->book().find(key(1)) != nullptr; }));
    const auto wait_for_a_proposal = [&] {
        const auto known = proposals_.size();
        now_.advance(3min);
        ASSERT_TRUE(run_until(io_, [&] { return proposals_.size() > known; }));
        RecordMaker maker;
        write(maker.event(bus::TargetApplied{key(1), proposals_.back().target}));
        ASSERT_TRUE(run_until(io_, [&] {
            return partition->book().find(key(1))->target == proposals_.back().target;
        }));
    };
    wait_for_a_proposal();
    partition->keep();
    ASSERT_TRUE(run_until(io_, [&] { return is_kept(); }));
    wait_for_a_proposal();
    const auto in_force = proposals_.back().target;
    partition.reset();
    proposals_.clear();
    const auto again = start();
    ASSERT_TRUE(run_until(io_, [&] { return again->has_caught_up(); }));
    for (int i = 0; i < 20; ++i) io_.run_one_for(5ms);
    EXPECT_EQ(again->book().find(key(1))->target, in_force);
    for (const auto& proposal : proposals_) EXPECT_EQ(proposal.target, in_force);
}

TEST_F(PartitionTest, AStateThatIsDamagedIsBegunAnewFromTheLog) {
    open(1);
    server_.run({"SET", "{p0}:vardiff", "damaged"});
    const auto partition = start();
    EXPECT_TRUE(run_until(io_, [&] { return partition->book().find(key(1)) != nullptr; }));
}

TEST_F(PartitionTest, PassesOverWhatItCannotRead) {
    open(1);
    server_.run({"XADD", ledger::keys::log(0), "*", "r", "nonsense", "d", ""});
    const auto partition = start();
    ASSERT_TRUE(run_until(io_, [&] { return partition->counters().unreadable == 1; }));
    open(2);
    EXPECT_TRUE(run_until(io_, [&] { return partition->book().find(key(2)) != nullptr; }));
    EXPECT_EQ(partition->counters().bytes_missed, 0U);
}

TEST_F(PartitionTest, WaitsForARedisThatIsAwayAndBlamesNobodyForIt) {
    open(1);
    const auto partition = start();
    ASSERT_TRUE(run_until(io_, [&] { return partition->book().find(key(1)) != nullptr; }));
    server_.kill();
    turn_for(400ms);  // it asks, and nobody is there
    now_.advance(1h);
    server_.start();
    ASSERT_TRUE(run_until(io_, [&] { return client_.is_connected(); }));
    turn_for(400ms);
    EXPECT_TRUE(proposals_.empty()) << "what waited for Redis is not in the log yet";
    now_.advance(2min);
    EXPECT_TRUE(run_until(io_, [&] { return !proposals_.empty(); }));
}

}  // namespace
}  // namespace vardiff
