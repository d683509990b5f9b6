#include "bus/dispatcher.h"

#include <gtest/gtest.h>

#include <set>

#include "bus/codec.h"

namespace bus {
namespace {

using namespace std::chrono_literals;

constexpr mining::Epoch epoch{77};

/// A gateway's side with workers that a test speaks for.
class DispatcherTest : public testing::Test {
  protected:
    void join(const std::string& worker, std::uint32_t credits = 4) {
        dispatcher.on_message(worker, ready(worker, credits), now);
        take();
    }

    static Ready ready(const std::string& worker, std::uint32_t credits) {
        return {.worker = {std::hash<std::string>{}(worker)},
                .version = bus_version,
                .derivation_versions = {1},
                .partitions = 16,
                .duplicate_key_fingerprint = 5,
                .credits = credits};
    }

    void add_share(std::uint32_t partition, std::uint32_t sequence_number = 1) {
        const Channel channel{.key = {partition + 1},
                              .kind = mining::ChannelKind::standard,
                              .user_identity = "u",
                              .extranonce_size = 0};
        mining::JobRecord job;
        job.channel = channel.key;
        mining::SubmittedShare share;
        share.sequence_number = sequence_number;
        dispatcher.add_share({partition}, {channel, job, {}}, share, "", now);
    }

    /// Carries out nothing; sorts what would be.
    void take() {
        dispatcher.flush(now);
        for (auto& effect : dispatcher.take_effects()) {
            if (auto* send = std::get_if<Dispatcher::Send>(&effect)) sent.push_back(*send);
            if (auto* one = std::get_if<Dispatcher::Done>(&effect)) done.push_back(*one);
            if (auto* one = std::get_if<Dispatcher::Fenced>(&effect)) fenced.push_back(one->reason);
        }
    }

    /// The batches sent since the last call, with the worker of each.
    std::vector<std::pair<std::string, Batch>> batches() {
        take();
        std::vector<std::pair<std::string, Batch>> found;
        for (const auto& [worker, frame] : std::exchange(sent, {})) {
            auto received = decode_to_worker(frame);
            if (auto* batch = std::get_if<Batch>(&received->message))
                found.emplace_back(worker, *batch);
        }
        return found;
    }

    static Result result_of(const Batch& batch) {
        return {.epoch = batch.epoch,
                .partition = batch.partition,
                .sequence = batch.sequence,
                .verdicts = std::vector<Verdict>(batch.shares.size()),
                .opens = {}};
    }

    DispatcherSettings settings{.epoch = epoch, .duplicate_key_fingerprint = 5};
    Dispatcher dispatcher{settings};
    base::SteadyTime now{1h};
    std::vector<Dispatcher::Send> sent;
    std::vector<Dispatcher::Done> done;
    std::vector<std::string> fenced;
};

TEST_F(DispatcherTest, SendsNothingWithoutCreditAndAllWhenItComes) {
    add_share(3);
    EXPECT_TRUE(batches().empty());
    join("w", 1);
    add_share(4);
    const auto first = batches();
    ASSERT_EQ(first.size(), 1U);
    EXPECT_EQ(dispatcher.credits(), 0U);
    dispatcher.on_message("w", result_of(first[0].second), now);
    EXPECT_EQ(batches().size(), 1U);
    EXPECT_EQ(done.size(), 1U);
}

TEST_F(DispatcherTest, OneBatchAPartitionIsInFlightAndTheNextFillsMeanwhile) {
    join("w");
    add_share(3, 1);
    const auto first = batches();
    ASSERT_EQ(first.size(), 1U);
    EXPECT_EQ(first[0].second.sequence, 1U);
    for (std::uint32_t i = 2; i < 12; ++i) add_share(3, i);
    EXPECT_TRUE(batches().empty());
    dispatcher.on_message("w", result_of(first[0].second), now);
    const auto second = batches();
    ASSERT_EQ(second.size(), 1U);
    EXPECT_EQ(second[0].second.sequence, 2U);
    EXPECT_EQ(second[0].second.shares.size(), 10U);
}

TEST_F(DispatcherTest, ABatchHasItsCapAndAPartitionItsBound) {
    join("w", 1);
    for (std::uint32_t i = 0; i < 4096; ++i) {
        EXPECT_FALSE(dispatcher.is_full({3}));
        add_share(3, i);
    }
    EXPECT_TRUE(dispatcher.is_full({3}));
    EXPECT_FALSE(dispatcher.is_full({4}));
    const auto first = batches();
    ASSERT_EQ(first.size(), 1U);
    EXPECT_EQ(first[0].second.shares.size(), 256U);
    EXPECT_FALSE(dispatcher.is_full({3}));
    EXPECT_EQ(dispatcher.unacknowledged_shares(), 4096U);
}

TEST_F(DispatcherTest, APartitionStaysWithOneWorkerAndTheyShareTheWork) {
    join("a", 100);
    join("b", 100);
    std::map<std::uint32_t, std::set<std::string>> served_by;
    std::set<std::string> busy;
    for (int round = 0; round < 3; ++round) {
        for (std::uint32_t p = 0; p < 16; ++p) add_share(p);
        for (const auto& [worker, batch] : batches()) {
            served_by[batch.partition.value].insert(worker);
            busy.insert(worker);
            dispatcher.on_message(worker, result_of(batch), now);
        }
    }
    EXPECT_EQ(busy.size(), 2U);
    for (const auto& [partition, workers] : served_by) EXPECT_EQ(workers.size(), 1U) << partition;
}

TEST_F(DispatcherTest, ASilentWorkersBatchGoesToAnotherUnderTheSameSequence) {
    join("a");
    add_share(3, 42);
    const auto first = batches();
    ASSERT_EQ(first.size(), 1U);
    join("b");
    now += 1000ms;
    dispatcher.on_tick(now);
    EXPECT_TRUE(batches().empty()) << "a second of silence is allowed";
    now += 1ms;
    dispatcher.on_tick(now);
    const auto again = batches();
    ASSERT_EQ(again.size(), 1U);
    EXPECT_EQ(again[0].first, "b");
    EXPECT_EQ(again[0].second, first[0].second);

    dispatcher.on_message("b", result_of(again[0].second), now);
    dispatcher.on_message("a", result_of(first[0].second), now);
    take();
    EXPECT_EQ(done.size(), 1U) << "the second RESULT is ignored";
    EXPECT_EQ(dispatcher.counters().results_ignored, 1U);
    EXPECT_EQ(dispatcher.credits(), 8U) << "but both credits are back";
}

TEST_F(DispatcherTest, AWorkerThatSaysItWaitsIsGivenThreeSeconds) {
    join("a");
    add_share(3);
    const auto first = batches();
    ASSERT_EQ(first.size(), 1U);
    join("b");
    std::size_t resent = 0;
    auto waited = 0ms;
    for (; waited <= 3000ms; waited += 250ms) {
        dispatcher.on_message("a", Waiting{epoch, {3}, 1, WaitsFor::ledger}, now);
        dispatcher.on_message("b", ready("b", 4), now);
        dispatcher.on_tick(now);
        resent += batches().size();
        now += 250ms;
    }
    EXPECT_EQ(resent, 0U);
    dispatcher.on_message("a", Waiting{epoch, {3}, 1, WaitsFor::ledger}, now);
    dispatcher.on_tick(now);
    EXPECT_EQ(batches().size(), 1U);
}

TEST_F(DispatcherTest, AWorkerThatIsGoneOrLeavesIsReplacedAtOnce) {
    for (const bool says_goodbye : {true, false}) {
        SCOPED_TRACE(says_goodbye);
        join("a");
        add_share(3);
        const auto first = batches();
        ASSERT_EQ(first.size(), 1U);
        join("b");
        if (says_goodbye)
            dispatcher.on_message("a", Goodbye{}, now);
        else
            dispatcher.on_unreachable("a", now);
        const auto again = batches();
        ASSERT_EQ(again.size(), 1U);
        EXPECT_EQ(again[0].first, "b");
        dispatcher.on_message("b", result_of(again[0].second), now);
        dispatcher.on_unreachable("b", now);
        take();
        EXPECT_EQ(dispatcher.workers(), 0U);
    }
}

TEST_F(DispatcherTest, AHolderWithoutAWordIsSentOneWhichShowsThatItIsGone) {
    join("a");
    join("b");
    add_share(3);
    const auto first = batches();
    ASSERT_EQ(first.size(), 1U);
    const auto holder = first[0].first;
    now += 99ms;
    dispatcher.on_tick(now);
    take();
    EXPECT_TRUE(std::exchange(sent, {}).empty());
    now += 1ms;
    dispatcher.on_tick(now);
    take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].worker, holder);
    const auto word = decode_to_worker(sent[0].frame);
    ASSERT_NE(std::get_if<Hello>(&word->message), nullptr);
    EXPECT_TRUE(std::get<Hello>(word->message).refusal.empty());
    sent.clear();
    // Which ZeroMQ could not send.
    dispatcher.on_unreachable(holder, now);
    const auto again = batches();
    ASSERT_EQ(again.size(), 1U);
    EXPECT_NE(again[0].first, holder);
}

TEST_F(DispatcherTest, ABatchThatNobodyHoldsWaitsForTheNextWorker) {
    join("a");
    add_share(3);
    ASSERT_EQ(batches().size(), 1U);
    dispatcher.on_unreachable("a", now);
    EXPECT_TRUE(batches().empty());
    join("c");
    dispatcher.on_tick(now);
    EXPECT_EQ(batches().size(), 1U);
    EXPECT_EQ(dispatcher.counters().batches_resent, 1U);
}

TEST_F(DispatcherTest, AWorkerThatComesBackUnderItsNameIsSentItsBatchAgain) {
    join("a");
    add_share(3);
    ASSERT_EQ(batches().size(), 1U);
    dispatcher.on_unreachable("a", now);
    EXPECT_TRUE(batches().empty());
    // Its queue was full, for one: it is the same process by the same name, without the batch.
    join("a");
    now += settings.silence_max + 1ms;
    dispatcher.on_message("a", ready("a", 4), now);
    const auto again = batches();
    ASSERT_EQ(again.size(), 1U);
    EXPECT_EQ(again[0].second.sequence, 1U);
    dispatcher.on_message("a", result_of(again[0].second), now);
    take();
    EXPECT_EQ(done.size(), 1U);
    EXPECT_EQ(dispatcher.credits(), 4U);
}

TEST_F(DispatcherTest, ABatchThatAllWorkersHaveLostIsSentAgain) {
    join("a");
    join("b");
    add_share(3);
    std::vector<std::string> asked;
    for (int second = 0; second < 12; ++second) {
        for (const auto& [worker, batch] : batches()) asked.push_back(worker);
        // Their loops turn, and nobody speaks of the batch.
        now += 1s;
        for (const auto* worker : {"a", "b"}) dispatcher.on_message(worker, ready(worker, 4), now);
        dispatcher.on_tick(now);
    }
    ASSERT_GE(asked.size(), 4U);
    EXPECT_NE(asked[0], asked[1]) << "who never had it goes first";
    EXPECT_EQ(dispatcher.batches_in_flight(), 1U);
    EXPECT_EQ(dispatcher.unanswered(now)[0].held_by.size(), 2U);
}

TEST_F(DispatcherTest, CreditOfALostBatchComesBack) {
    join("a", 1);
    join("b", 1);
    add_share(3);
    const auto first = batches();
    ASSERT_EQ(first.size(), 1U);
    const auto& [loser, batch] = first[0];
    const std::string other = loser == "a" ? "b" : "a";
    now += settings.silence_max + 1ms;
    for (const auto* worker : {"a", "b"}) dispatcher.on_message(worker, ready(worker, 1), now);
    ASSERT_EQ(batches().size(), 1U);
    dispatcher.on_message(other, result_of(batch), now);
    take();
    ASSERT_EQ(done.size(), 1U);
    EXPECT_EQ(dispatcher.credits(), 1U);
    for (auto until = now + settings.loan_max + 1s; now < until; now += 500ms) {
        for (const auto* worker : {"a", "b"}) dispatcher.on_message(worker, ready(worker, 1), now);
        dispatcher.on_tick(now);
    }
    EXPECT_EQ(dispatcher.credits(), 2U);
}

TEST_F(DispatcherTest, ABatchThatIsSpokenOfStaysALoan) {
    join("a", 1);
    add_share(3);
    ASSERT_EQ(batches().size(), 1U);
    for (auto until = now + 20s; now < until; now += 250ms) {
        dispatcher.on_message("a", ready("a", 1), now);
        dispatcher.on_message("a", Waiting{epoch, {3}, 1, WaitsFor::ledger}, now);
        dispatcher.on_tick(now);
        EXPECT_TRUE(batches().empty());
    }
    EXPECT_EQ(dispatcher.credits(), 0U);
}

TEST_F(DispatcherTest, AResultThatDoesNotFitItsBatchIsNotTaken) {
    join("a");
    add_share(3);
    const auto first = batches();
    auto result = result_of(first[0].second);
    result.verdicts.clear();
    join("b");
    dispatcher.on_message("a", result, now);
    EXPECT_EQ(batches().size(), 1U) << "another worker judges it";
    EXPECT_TRUE(done.empty());
}

TEST_F(DispatcherTest, RefusesWorkersThatDisagree) {
    auto other_version = ready("v", 4);
    other_version.version = 99;
    auto other_derivation = ready("d", 4);
    other_derivation.derivation_versions = {2};
    auto other_partitions = ready("p", 4);
    other_partitions.partitions = 8;
    auto other_key = ready("k", 4);
    other_key.duplicate_key_fingerprint = 6;
    for (const auto& bad : {other_version, other_derivation, other_partitions, other_key}) {
        EXPECT_NE(refusal_of(bad, settings), "");
        dispatcher.on_message("x", bad, now);
    }
    EXPECT_EQ(dispatcher.workers(), 0U);
    EXPECT_EQ(dispatcher.counters().workers_refused, 4U);
    EXPECT_EQ(refusal_of(ready("ok", 4), settings), "");
}

TEST_F(DispatcherTest, BatchesNameTheTipTheirSharesWereFoundUnder) {
    const bitcoin::BlockHash old_tip{bitcoin::uint256_max()};
    const bitcoin::BlockHash new_tip{};
    dispatcher.set_tip(old_tip, now);
    join("w");
    add_share(3);
    const auto first = batches();
    ASSERT_EQ(first.size(), 1U) << "a partition without history owes the ledger nothing";
    EXPECT_EQ(first[0].second.live_tips, std::vector{old_tip});
    add_share(3);
    dispatcher.set_tip(new_tip, now);
    dispatcher.on_message("w", result_of(first[0].second), now);
    const auto second = batches();
    ASSERT_EQ(second.size(), 1U);
    EXPECT_EQ(second[0].second.live_tips, std::vector{old_tip});
    EXPECT_EQ(second[0].second.shares.size(), 1U);
    dispatcher.on_message("w", result_of(second[0].second), now);
    const auto third = batches();
    ASSERT_EQ(third.size(), 1U) << "an empty batch says that the old tip is done with";
    EXPECT_EQ(third[0].second.live_tips, std::vector{new_tip});
    EXPECT_TRUE(third[0].second.shares.empty());
}

TEST_F(DispatcherTest, AFencedGatewayIsTold) {
    join("w");
    add_share(3);
    const auto first = batches();
    dispatcher.on_message("w", Refused{epoch, {3}, 1, "epoch 77 was reaped"}, now);
    take();
    EXPECT_EQ(fenced, std::vector<std::string>{"epoch 77 was reaped"});
}

TEST_F(DispatcherTest, IsIdleOnlyWhenTheLedgerHasEventsToo) {
    join("w");
    EXPECT_TRUE(dispatcher.is_idle());
    dispatcher.add_event({3}, 1, ChannelClose{{4}, "shutdown"}, now);
    EXPECT_EQ(dispatcher.unacknowledged_shares(), 0U);
    EXPECT_FALSE(dispatcher.is_idle());
    const auto sent_batches = batches();
    ASSERT_EQ(sent_batches.size(), 1U);
    EXPECT_FALSE(dispatcher.is_idle()) << "in flight";
    dispatcher.on_message("w", result_of(sent_batches[0].second), now);
    EXPECT_TRUE(dispatcher.is_idle());
}

TEST_F(DispatcherTest, EventsAreOrderedAgainstShares) {
    join("w");
    add_share(3);
    dispatcher.add_event({3}, 1, TargetApplied{{4}, bitcoin::target_max()}, now);
    add_share(3);
    const auto sent_batches = batches();
    ASSERT_EQ(sent_batches.size(), 1U);
    EXPECT_EQ(sent_batches[0].second.events[0].before_share, 1U);
}

TEST_F(DispatcherTest, AFloodOfOpensDoesNotHoldBackTheSharesOfItsPartition) {
    join("w");
    for (std::uint64_t key = 0; key < 10'000; ++key)
        dispatcher.add_event({3}, 1, ChannelOpen{.key = {key}}, now);
    EXPECT_FALSE(dispatcher.is_full({3})) << "its sockets are read";
    const auto first = batches();
    ASSERT_EQ(first.size(), 1U);
    add_share(3);
    auto result = result_of(first[0].second);
    result.opens.resize(first[0].second.events.size());
    dispatcher.on_message("w", result, now);
    const auto second = batches();
    ASSERT_EQ(second.size(), 1U);
    EXPECT_EQ(second[0].second.shares.size(), 1U) << "goes with the next batch";
    EXPECT_EQ(dispatcher.paced_events(), 10'000U - settings.event_pace.at_once);
}

TEST_F(DispatcherTest, WhatIsPacedGoesWithoutAnotherReason) {
    join("w");
    for (std::uint64_t key = 0; key < settings.event_pace.at_once + 1; ++key)
        dispatcher.add_event({3}, 1, ChannelClose{{key}, "by-miner"}, now);
    const auto first = batches();
    ASSERT_EQ(first.size(), 1U);
    EXPECT_EQ(dispatcher.next_flush_at(now), std::nullopt) << "the result of its batch comes first";
    dispatcher.on_message("w", result_of(first[0].second), now);
    EXPECT_TRUE(batches().empty());
    EXPECT_FALSE(dispatcher.is_idle()) << "one close waits, for nothing but its time";
    ASSERT_TRUE(dispatcher.next_flush_at(now).has_value());
    EXPECT_GT(*dispatcher.next_flush_at(now), now);
    now = *dispatcher.next_flush_at(now);
    const auto second = batches();
    ASSERT_EQ(second.size(), 1U);
    EXPECT_EQ(second[0].second.events.size(), 1U);
}

TEST_F(DispatcherTest, BesideSharesPacedEventsGoAloneOnePartitionAfterTheOther) {
    join("w", 16);
    const auto take_all_home = [&](std::size_t count) {
        const auto found = batches();
        EXPECT_EQ(found.size(), count);
        now += 1ms;
        for (const auto& [worker, batch] : found) dispatcher.on_message("w", result_of(batch), now);
        return found;
    };
    add_share(0);
    for (const std::uint32_t partition : {3U, 4U})
        for (std::uint64_t key = 0; key < 100; ++key)
            dispatcher.add_event({partition}, key, ChannelClose{{key}, "by-miner"}, now);
    take_all_home(3);
    EXPECT_TRUE(batches().empty()) << "the disk is the shares' for a while";
    for (const std::uint32_t partition : {3U, 4U, 3U}) {
        EXPECT_EQ(dispatcher.next_flush_at(now), now + settings.lone_pace.rest * 1ms);
        now += settings.lone_pace.rest * 1ms;
        EXPECT_EQ(take_all_home(1).at(0).second.partition, Partition{partition}) << "its turn";
    }
}

TEST_F(DispatcherTest, WithSharesPacedEventsGoWithoutARest) {
    join("w", 16);
    add_share(0);
    for (std::uint64_t key = 0; key < 100; ++key)
        dispatcher.add_event({3}, key, ChannelClose{{key}, "by-miner"}, now);
    ASSERT_EQ(batches().size(), 2U);
    add_share(4);
    for (std::uint64_t key = 0; key < 100; ++key)
        dispatcher.add_event({4}, key, ChannelClose{{key}, "by-miner"}, now);
    const auto next = batches();
    ASSERT_EQ(next.size(), 1U);
    EXPECT_EQ(next[0].second.shares.size(), 1U);
    EXPECT_EQ(next[0].second.events.size(), settings.event_pace.at_once);
}

TEST_F(DispatcherTest, WhoAsksInBulkRestsLongerAlone) {
    join("w", 16);
    add_share(0);
    // Beyond what every connection may.
    for (std::uint64_t key = 0; key < 100; ++key)
        dispatcher.add_event({3}, 1, ChannelClose{{key}, "by-miner"}, now);
    const auto home = [&] {
        for (const auto& [worker, batch] : batches()) {
            now += 1ms;
            dispatcher.on_message("w", result_of(batch), now);
        }
    };
    home();
    while (dispatcher.paced_events() > 36) {
        now = *dispatcher.next_flush_at(now);
        add_share(0);
        home();
    }
    const auto next = dispatcher.next_flush_at(now);
    ASSERT_TRUE(next.has_value());
    EXPECT_GT(*next - now, 2 * settings.lone_pace.rest * 2ms) << "a batch took 2 ms at most";
}

TEST_F(DispatcherTest, TooManyPacedEventsStopTheSocketsToo) {
    for (std::size_t i = 0; i < settings.paced_a_partition; ++i) {
        ASSERT_FALSE(dispatcher.is_full({3}));
        dispatcher.add_event({3}, i, ChannelClose{{i}, "by-miner"}, now);
    }
    EXPECT_TRUE(dispatcher.is_full({3}));
    EXPECT_FALSE(dispatcher.is_full({4}));
}

TEST_F(DispatcherTest, InAHurryEventsGoAsFastAsTheLedgerTakesThem) {
    join("w");
    for (std::uint64_t key = 0; key < 2 * settings.shares_a_batch + 1; ++key)
        dispatcher.add_event({3}, 1, ChannelClose{{key}, "drained"}, now);
    dispatcher.hurry();
    std::size_t closed = 0;
    std::size_t sent_batches = 0;
    while (!dispatcher.is_idle()) {
        const auto next = batches();
        ASSERT_EQ(next.size(), 1U);
        ++sent_batches;
        closed += next[0].second.events.size();
        dispatcher.on_message("w", result_of(next[0].second), now);
    }
    EXPECT_EQ(closed, 2 * settings.shares_a_batch + 1);
    EXPECT_EQ(sent_batches, 3U);
}

}  // namespace
}  // namespace bus
