#include <gtest/gtest.h>

#include "bus/codec.h"
#include "bus/dispatcher.h"
#include "mining/job.h"

namespace bus {
namespace {

using namespace std::chrono_literals;

constexpr mining::Epoch epoch{77};

/// A gateway's side whose batches no worker answers unless the test says so.
class DispatcherScanTest : public testing::Test {
  protected:
    void join(const std::string& worker, std::uint32_t credits = 16) {
        const Ready ready{.worker = {std::hash<std::string>{}(worker)},
                          .version = bus_version,
                          .derivation_versions = {mining::derivation_version},
                          .partitions = 16,
                          .duplicate_key_fingerprint = 5,
                          .credits = credits};
        dispatcher.on_message(worker, ready, now);
        take();
    }
    /// Its loop turns, and it waits for the ledger with what it holds.
    void say_waiting(const std::string& worker) {
        dispatcher.on_message(worker, Ready{.worker = {1}}, now);
        for (const auto& [holder, batch] : batches)
            if (holder == worker)
                dispatcher.on_message(
                    worker, Waiting{batch.epoch, batch.partition, batch.sequence, WaitsFor::ledger},
                    now);
    }

    void add_share(std::uint32_t sequence_number, std::uint32_t partition = 3,
                   std::uint32_t channel_key = 1) {
        const Channel channel{.key = {channel_key},
                              .kind = mining::ChannelKind::standard,
                              .user_identity = "u" + std::to_string(channel_key),
                              .extranonce_size = 0};
        mining::JobRecord job;
        job.channel = channel.key;
        mining::SubmittedShare share;
        share.sequence_number = sequence_number;
        dispatcher.add_share({partition}, {channel, job, {}}, share, "", now);
    }

    void take() {
        dispatcher.flush(now);
        for (auto& effect : dispatcher.take_effects()) {
            const auto* send = std::get_if<Dispatcher::Send>(&effect);
            if (send == nullptr) continue;
            auto message = decode_to_worker(send->frame)->message;
            if (auto* batch = std::get_if<Batch>(&message))
                batches.emplace_back(send->worker, *batch);
            if (auto* scan = std::get_if<Scan>(&message)) scans.emplace_back(send->worker, *scan);
        }
    }
    /// Time passes, and the workers named are heard of in it.
    void pass(std::chrono::milliseconds time, const std::vector<std::string>& alive = {}) {
        now += time;
        for (const auto& worker : alive) say_waiting(worker);
        dispatcher.on_tick(now);
        take();
    }
    std::vector<std::pair<std::string, Scan>> take_scans() {
        take();
        return std::exchange(scans, {});
    }
    static std::vector<std::uint32_t> numbers(const Scan& scan) {
        std::vector<std::uint32_t> numbers;
        for (const auto& share : scan.shares.shares)
            numbers.push_back(share.submitted.sequence_number);
        return numbers;
    }
    void answer(const std::string& worker, const Scan& scan, std::uint32_t blocks = 0) {
        dispatcher.on_message(worker, Scanned{epoch, scan.number, blocks}, now);
    }
    void commit(const std::pair<std::string, Batch>& sent) {
        const auto& [worker, batch] = sent;
        dispatcher.on_message(worker,
                              Result{.epoch = batch.epoch,
                                     .partition = batch.partition,
                                     .sequence = batch.sequence,
                                     .verdicts = std::vector<Verdict>(batch.shares.size()),
                                     .opens = {}},
                              now);
    }

    Dispatcher dispatcher{{.epoch = epoch, .duplicate_key_fingerprint = 5}};
    base::SteadyTime now{1h};
    std::vector<std::pair<std::string, Batch>> batches;
    std::vector<std::pair<std::string, Scan>> scans;
};

TEST_F(DispatcherScanTest, ScansSharesThatWaitForMoreThan50MsBehindABatchInFlight) {
    join("w");
    add_share(1);
    take();
    ASSERT_EQ(batches.size(), 1U);
    EXPECT_EQ(dispatcher.next_flush_at(now), std::nullopt) << "what is at a worker is not scanned";
    add_share(2);
    now += 50ms;
    EXPECT_TRUE(take_scans().empty()) << "50 ms are not more than 50 ms";
    ASSERT_TRUE(dispatcher.next_flush_at(now).has_value());
    EXPECT_GT(*dispatcher.next_flush_at(now), now);
    now = *dispatcher.next_flush_at(now);
    const auto sent = take_scans();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(numbers(sent[0].second), (std::vector<std::uint32_t>{2}));
    EXPECT_EQ(sent[0].second.shares.sequence, 0U);
    EXPECT_EQ(sent[0].second.shares.channels.at(0).user_identity, "u1");
    EXPECT_EQ(batches.size(), 1U);
    EXPECT_EQ(dispatcher.next_flush_at(now), std::nullopt);
}

TEST_F(DispatcherScanTest, ScansNothingWhileTheLedgerKeepsPace) {
    join("w");
    for (std::uint32_t i = 0; i < 100; ++i) {
        add_share(i);
        take();
        now += 10ms;
        commit(batches.back());
        EXPECT_TRUE(take_scans().empty());
    }
    EXPECT_EQ(dispatcher.scans().counters().shares, 0U);
}

/// So many shares wait that a worker always has a full batch, which comes home after 30 ms.
class ASaturatedPool : public DispatcherScanTest {
  protected:
    static constexpr std::size_t a_batch = 256;

    ASaturatedPool() { join("w"); }
    void add_batches(std::size_t count) {
        for (std::size_t i = 0; i < count * a_batch; ++i) add_share(++last);
    }
    void come_home() {
        commit(batches.back());
        take();
    }
    static std::size_t shares_in(const std::vector<std::pair<std::string, Scan>>& sent) {
        std::size_t sum = 0;
        for (const auto& [worker, scan] : sent) sum += scan.shares.shares.size();
        return sum;
    }

    std::uint32_t last{};
};

TEST_F(ASaturatedPool, HasNothingScannedWhileItsBatchesComeHome) {
    add_batches(5);  // the last wait for 120 ms
    take();
    for (std::size_t i = 0; i < 100; ++i) {
        ASSERT_TRUE(dispatcher.next_flush_at(now).has_value());
        EXPECT_GT(*dispatcher.next_flush_at(now), now + 30ms) << "nothing is to be done before";
        for (int step = 0; step < 3; ++step) {
            now += 10ms;
            EXPECT_TRUE(take_scans().empty());
        }
        come_home();
        add_batches(1);
        EXPECT_TRUE(take_scans().empty());
    }
    EXPECT_EQ(dispatcher.counters().batches_sent, 101U);
    EXPECT_EQ(dispatcher.unacknowledged_shares(), 5 * a_batch);
    EXPECT_EQ(dispatcher.scans().counters().shares, 0U);
}

TEST_F(ASaturatedPool, HasWhatWaitsScannedWhenTheBatchInFlightStands) {
    add_batches(5);
    take();
    now += 30ms;
    come_home();
    const auto left_at = now;
    now += 40ms;
    add_share(++last);  // came later than the batch in flight left
    EXPECT_TRUE(take_scans().empty());
    EXPECT_EQ(dispatcher.next_flush_at(now), left_at + 50ms + base::SteadyTime::duration{1});
    now = left_at + 50ms;
    EXPECT_TRUE(take_scans().empty());
    now = *dispatcher.next_flush_at(now);
    const auto sent = take_scans();
    EXPECT_EQ(sent.size(), 3U) << "one for each batch to be";
    EXPECT_EQ(shares_in(sent), 3 * a_batch);
    EXPECT_EQ(dispatcher.next_flush_at(now), left_at + 90ms + base::SteadyTime::duration{1});
    now = *dispatcher.next_flush_at(now);
    EXPECT_EQ(shares_in(take_scans()), 1U);
    EXPECT_EQ(dispatcher.next_flush_at(now), std::nullopt);
    come_home();
    add_batches(1);
    now += 40ms;
    EXPECT_TRUE(take_scans().empty()) << "it moves again";
}

TEST_F(ASaturatedPool, HasScannedAtLastWhatWaitsFor250Ms) {
    add_batches(12);
    take();
    const auto came_at = now;
    for (int i = 0; i < 8; ++i) {
        now += 30ms;
        come_home();
        EXPECT_TRUE(take_scans().empty());
    }
    EXPECT_EQ(dispatcher.next_flush_at(now), came_at + 250ms + base::SteadyTime::duration{1});
    now = came_at + 250ms;
    EXPECT_TRUE(take_scans().empty());
    now = *dispatcher.next_flush_at(now);
    EXPECT_EQ(shares_in(take_scans()), 3 * a_batch) << "nine have left";
    EXPECT_EQ(dispatcher.next_flush_at(now), std::nullopt);
}

TEST_F(DispatcherScanTest, APartitionWhoseBatchCameHomeStandsOnlyWhenItLacksCreditForLong) {
    join("w", 1);
    add_share(1, 4);
    take();
    add_share(2, 4);
    add_share(3, 3);
    now += 40ms;
    commit(batches.back());
    take();
    ASSERT_EQ(batches.size(), 2U);
    ASSERT_EQ(batches[1].second.partition.value, 3U) << "it has the only credit";
    now += 50ms;
    EXPECT_TRUE(take_scans().empty());
    EXPECT_EQ(dispatcher.next_flush_at(now), now + base::SteadyTime::duration{1});
    now = *dispatcher.next_flush_at(now);
    const auto sent = take_scans();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(numbers(sent[0].second), (std::vector<std::uint32_t>{2}));
}

TEST_F(DispatcherScanTest, ScansEachShareOnceHoweverLongItWaits) {
    join("w");
    add_share(0);
    take();
    std::vector<std::uint32_t> scanned;
    const auto scan_for = [&](std::chrono::milliseconds time) {
        pass(time, {"w"});
        for (const auto& [worker, scan] : take_scans()) {
            for (const auto number : numbers(scan)) scanned.push_back(number);
            answer(worker, scan);
        }
    };
    for (std::uint32_t i = 1; i <= 600; ++i) {  // more than two batches
        add_share(i);
        scan_for(7ms);
    }
    for (int i = 0; i < 100; ++i) scan_for(500ms);
    ASSERT_EQ(scanned.size(), 600U);
    for (std::uint32_t i = 0; i < 600; ++i) EXPECT_EQ(scanned[i], i + 1);
    EXPECT_EQ(dispatcher.scans().counters().shares, 600U);
}

TEST_F(DispatcherScanTest, AScanHasTheRecordsOfItsSharesAndNoOthers) {
    join("w");
    add_share(0);
    take();
    add_share(1, 3, 10);
    dispatcher.add_event({3}, 1, ChannelClose{{10}, "by-miner"}, now);
    now += 30ms;
    add_share(2, 3, 11);
    add_share(3, 3, 11);
    now += 30ms;
    auto sent = take_scans();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(numbers(sent[0].second), (std::vector<std::uint32_t>{1}));
    EXPECT_EQ(sent[0].second.shares.channels.size(), 1U);
    EXPECT_TRUE(sent[0].second.shares.events.empty());
    now += 30ms;
    sent = take_scans();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(numbers(sent[0].second), (std::vector<std::uint32_t>{2, 3}));
    ASSERT_EQ(sent[0].second.shares.channels.size(), 1U);
    EXPECT_EQ(sent[0].second.shares.channels[0].user_identity, "u11");
    EXPECT_EQ(sent[0].second.shares.jobs.size(), 1U);
}

TEST_F(DispatcherScanTest, NeedsNoCredit) {
    join("w", 1);
    add_share(1, 3);
    add_share(2, 4);
    take();
    ASSERT_EQ(batches.size(), 1U);
    EXPECT_EQ(dispatcher.credits(), 0U);
    now += 51ms;
    const auto sent = take_scans();
    ASSERT_EQ(sent.size(), 1U);
    answer(sent[0].first, sent[0].second);
    EXPECT_EQ(dispatcher.credits(), 0U);
    EXPECT_EQ(dispatcher.scans().in_flight(), 0U);
}

TEST_F(DispatcherScanTest, PrefersAWorkerThatTheSharesDoNotWaitFor) {
    join("a");
    join("b");
    for (std::uint32_t partition = 0; partition < 16; ++partition) add_share(1, partition);
    take();
    std::map<std::uint32_t, std::string> holder;
    for (const auto& [worker, batch] : batches) holder[batch.partition.value] = worker;
    for (std::uint32_t partition = 0; partition < 16; ++partition) add_share(2, partition);
    now += 51ms;
    const auto sent = take_scans();
    ASSERT_EQ(sent.size(), 16U);
    for (const auto& [worker, scan] : sent) EXPECT_NE(worker, holder[scan.shares.partition.value]);
}

class AScanInFlight : public DispatcherScanTest {
  protected:
    AScanInFlight() {
        join("a");
        add_share(1);
        take();
        add_share(2);
        now += 51ms;
        first = take_scans().at(0);
    }
    std::pair<std::string, Scan> first;
};

TEST_F(AScanInFlight, GoesToAnotherWorkerWhenItsWorkerIsSilent) {
    join("b");
    pass(1000ms, {"a", "b"});
    EXPECT_TRUE(take_scans().empty());
    pass(1ms, {"a", "b"});
    const auto again = take_scans();
    ASSERT_EQ(again.size(), 1U);
    EXPECT_EQ(again[0].first, "b");
    EXPECT_EQ(again[0].second, first.second) << "under the same number";
    answer("b", again[0].second, 1);
    answer("a", first.second, 1);
    EXPECT_EQ(dispatcher.scans().in_flight(), 0U);
    EXPECT_EQ(dispatcher.scans().counters().blocks, 1U);
    EXPECT_EQ(dispatcher.scans().counters().resent, 1U);
    EXPECT_EQ(dispatcher.scans().counters().answers_ignored, 1U);
}

TEST_F(AScanInFlight, GoesToAnotherWorkerWhenItsWorkerIsLost) {
    join("b");
    dispatcher.on_unreachable("a", now);
    pass(1ms);
    ASSERT_EQ(take_scans().size(), 1U);
}

TEST_F(AScanInFlight, GoesToTheSameWorkerAgainWhenThereIsNoOther) {
    pass(1001ms, {"a"});
    const auto again = take_scans();
    ASSERT_EQ(again.size(), 1U);
    EXPECT_EQ(again[0].first, "a");
    pass(1000ms, {"a"});
    EXPECT_TRUE(take_scans().empty()) << "the silence counts from the second sending";
}

TEST_F(AScanInFlight, WaitsForTheNextWorkerWhenTheLastIsGone) {
    dispatcher.on_message("a", Goodbye{}, now);
    pass(10s);
    EXPECT_TRUE(take_scans().empty());
    EXPECT_EQ(dispatcher.scans().in_flight(), 1U);
    join("b");
    pass(1ms, {"b"});
    ASSERT_EQ(take_scans().size(), 1U);
}

TEST_F(AScanInFlight, StaysWithAWorkerThatSaysWhatItWaitsForThreeSecondsLong) {
    join("b");
    const auto wait = [this](std::chrono::milliseconds time) {
        for (auto gone = 0ms; gone < time; gone += 250ms) {
            dispatcher.on_message("a", ScanWaiting{epoch, first.second.number, WaitsFor::solution},
                                  now);
            pass(250ms, {"a", "b"});
        }
    };
    wait(3000ms);
    EXPECT_TRUE(take_scans().empty());
    wait(250ms);
    const auto again = take_scans();
    ASSERT_EQ(again.size(), 1U);
    EXPECT_EQ(again[0].first, "b");
}

TEST_F(AScanInFlight, EndsWhenTheBatchOfItsSharesHasComeHome) {
    commit(batches.at(0));
    take();
    ASSERT_EQ(batches.size(), 2U);
    EXPECT_EQ(dispatcher.scans().in_flight(), 1U);
    EXPECT_EQ(dispatcher.scans().oldest(), now);
    commit(batches.at(1));
    EXPECT_EQ(dispatcher.scans().in_flight(), 0U);
    EXPECT_EQ(dispatcher.scans().oldest(), std::nullopt);
}

TEST_F(AScanInFlight, IsNotEndedByAnAnswerToAnotherEpoch) {
    dispatcher.on_message("a", Scanned{{epoch.value + 1}, first.second.number, 0}, now);
    EXPECT_EQ(dispatcher.scans().in_flight(), 1U);
}

TEST_F(DispatcherScanTest, ABatchThatNobodyHoldsAndNobodyHasCreditForIsScanned) {
    join("a", 1);
    join("b", 1);
    add_share(1, 3);
    add_share(2, 4);
    take();
    ASSERT_EQ(batches.size(), 2U);
    const auto lost = batches[0].first;
    const auto left = batches[1].first;
    ASSERT_NE(lost, left);
    dispatcher.on_unreachable(lost, now);
    const auto sent = take_scans();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].first, left);
    EXPECT_EQ(sent[0].second.shares.shares, batches[0].second.shares);
    EXPECT_TRUE(take_scans().empty()) << "once";
}

TEST_F(DispatcherScanTest, WithoutAWorkerSharesWaitAndAreScannedWhenOneComes) {
    for (std::uint32_t i = 0; i < 300; ++i) add_share(i);
    now += 1min;
    EXPECT_TRUE(take_scans().empty());
    EXPECT_EQ(dispatcher.next_flush_at(now), std::nullopt);
    join("w");
    ASSERT_EQ(batches.size(), 1U);
    const auto sent = take_scans();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].second.shares.shares.size(), 44U) << "the others are in the batch";
}

TEST_F(DispatcherScanTest, AWorkerThatKnowsNoScansIsRefusedByItsVersion) {
    Ready old{.worker = {1},
              .version = 1,
              .derivation_versions = {mining::derivation_version},
              .partitions = 16,
              .duplicate_key_fingerprint = 5,
              .credits = 4};
    EXPECT_NE(refusal_of(old, {.epoch = epoch, .duplicate_key_fingerprint = 5}), "");
    old.version = bus_version;
    EXPECT_EQ(refusal_of(old, {.epoch = epoch, .duplicate_key_fingerprint = 5}), "");
}

}  // namespace
}  // namespace bus
