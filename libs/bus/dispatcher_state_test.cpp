// What a dispatcher says of itself: what waits, since when, and for whom.

#include "bus/dispatcher_testing.h"

namespace bus {
namespace {

constexpr auto epoch = dispatcher_epoch;

class DispatcherStateTest : public DispatcherTest {
  protected:
    void close_channels(std::uint32_t partition, std::uint64_t count) {
        for (std::uint64_t key = 0; key < count; ++key)
            dispatcher.add_event({partition}, key, ChannelClose{{key}, "by-miner"}, now);
    }
};

TEST_F(DispatcherStateTest, SaysWhereMostWaits) {
    EXPECT_EQ(dispatcher.fullest(), 0U);
    EXPECT_EQ(dispatcher.most_paced(), 0U);
    for (const std::uint32_t partition : {3U, 4U, 4U, 5U}) add_share(partition);
    close_channels(3, 1);
    close_channels(4, 3);
    close_channels(5, 2);
    EXPECT_EQ(dispatcher.fullest(), 2U);
    EXPECT_EQ(dispatcher.most_paced(), 3U);
}

TEST_F(DispatcherStateTest, KnowsTheOldestEntryAndWhereItIs) {
    EXPECT_FALSE(dispatcher.oldest_entry());
    EXPECT_FALSE(dispatcher.oldest());
    const auto start = now;
    for (const std::uint32_t partition : {4U, 0U, 5U}) {
        add_share(partition);
        now += 1s;
    }
    ASSERT_TRUE(dispatcher.oldest_entry());
    EXPECT_EQ(dispatcher.oldest_entry()->since, start);
    EXPECT_EQ(dispatcher.oldest_entry()->partition, Partition{4});
    EXPECT_EQ(dispatcher.oldest_entry()->sequence, 0U) << "it waits here";
    EXPECT_EQ(dispatcher.oldest(), start);
    join("w");  // with four credits: all leave now, and are as old as their batches
    EXPECT_EQ(dispatcher.oldest_entry()->since, now);
    EXPECT_EQ(dispatcher.oldest_entry()->partition, Partition{0}) << "the first of equals";
    EXPECT_EQ(dispatcher.oldest_entry()->sequence, 1U);
}

TEST_F(DispatcherStateTest, AnOldestEntryMayBeInTheFirstPartition) {
    add_share(0);
    now += 1s;
    add_share(1);
    ASSERT_TRUE(dispatcher.oldest_entry());
    EXPECT_EQ(dispatcher.oldest_entry()->partition, Partition{0});
}

TEST_F(DispatcherStateTest, SaysWhatHasWaitedForLongAndForWhom) {
    const auto start = now;
    EXPECT_TRUE(dispatcher.unanswered(now + 1h).empty());
    add_share(0);
    add_share(0);
    close_channels(0, 3);
    EXPECT_TRUE(dispatcher.unanswered(start).empty()) << "since then, not since before";
    auto found = dispatcher.unanswered(start + 1ns);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].partition, Partition{0});
    EXPECT_EQ(found[0].since, start);
    EXPECT_EQ(found[0].sequence, 0U);
    EXPECT_EQ(found[0].shares, 2U);
    EXPECT_EQ(found[0].events, 3U);
    EXPECT_TRUE(found[0].held_by.empty());

    now += 1s;
    join("a");
    now += 1s;
    dispatcher.on_message("a", Waiting{epoch, {0}, 1, WaitsFor::ledger}, now);
    found = dispatcher.unanswered(now);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].since, start + 1s) << "it left then";
    EXPECT_EQ(found[0].sequence, 1U);
    EXPECT_EQ(found[0].shares, 2U);
    EXPECT_EQ(found[0].events, 3U);
    ASSERT_EQ(found[0].held_by.size(), 1U);
    EXPECT_EQ(found[0].held_by[0].worker, ready("a", 1).worker);
    EXPECT_EQ(found[0].held_by[0].last_heard, now);
    EXPECT_EQ(found[0].held_by[0].waits_for, WaitsFor::ledger);
    EXPECT_FALSE(found[0].held_by[0].is_lost);

    dispatcher.on_unreachable("a", now);
    EXPECT_TRUE(dispatcher.unanswered(now)[0].held_by[0].is_lost);
    join("a");
    now += settings.silence_max + 1ms;
    join("a");  // its loop turns, and it is sent the batch again
    const auto held_by = dispatcher.unanswered(now).at(0).held_by;
    ASSERT_EQ(held_by.size(), 1U);
    EXPECT_FALSE(held_by[0].is_lost);
    EXPECT_EQ(held_by[0].last_heard, now);
    EXPECT_FALSE(held_by[0].waits_for) << "of the new loan nothing was said";
}

TEST_F(DispatcherStateTest, CountsWorkersThatAreLost) {
    join("a");
    dispatcher.on_unreachable("a", now);
    EXPECT_EQ(dispatcher.counters().workers_lost, 1U);
    dispatcher.on_unreachable("a", now);
    EXPECT_EQ(dispatcher.counters().workers_lost, 1U) << "once";
}

TEST_F(DispatcherStateTest, AWorkerWithoutAWordFor3SecondsIsLost) {
    join("a");
    now += settings.ready_max;
    dispatcher.on_tick(now);
    EXPECT_EQ(dispatcher.workers(), 1U) << "3 s are allowed";
    now += 1ms;
    dispatcher.on_tick(now);
    EXPECT_EQ(dispatcher.workers(), 0U);
    EXPECT_EQ(dispatcher.counters().workers_lost, 1U);
}

TEST_F(DispatcherStateTest, WhatFitsNoBatchIsCountedAndChangesNothing) {
    join("a");
    add_share(3);
    const auto sent_batches = batches();
    ASSERT_EQ(sent_batches.size(), 1U);
    auto result = result_of(sent_batches[0].second);
    result.epoch = mining::Epoch{epoch.value - 1};
    dispatcher.on_message("a", result, now);
    result = result_of(sent_batches[0].second);
    result.partition = {16};
    dispatcher.on_message("a", result, now);
    dispatcher.on_message("a", Waiting{epoch, {3}, 2, WaitsFor::ledger}, now);
    take();
    EXPECT_TRUE(done.empty());
    EXPECT_EQ(dispatcher.counters().results_ignored, 2U);
    result = result_of(sent_batches[0].second);
    result.verdicts.clear();
    dispatcher.on_message("a", result, now);
    EXPECT_EQ(dispatcher.counters().results_ignored, 3U);
    EXPECT_EQ(dispatcher.batches_in_flight(), 1U);
}

}  // namespace
}  // namespace bus
