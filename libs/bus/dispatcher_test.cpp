#include "bus/dispatcher.h"

#include <set>

#include "bus/dispatcher_testing.h"

namespace bus {
namespace {

constexpr auto epoch = dispatcher_epoch;

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
