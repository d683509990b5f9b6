#include "bus/partition_queue.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace bus {
namespace {

using namespace std::chrono_literals;

constexpr EventPace pace{.at_once = 4,
                         .bulk_with_shares = 1,
                         .bulk_alone = 2,
                         .at_once_max = 10,
                         .interval = 20ms,
                         .cost = 40us};

class PartitionQueueTest : public testing::Test {
  protected:
    void add_share(std::uint64_t key) {
        const Channel channel{.key = {key},
                              .kind = mining::ChannelKind::standard,
                              .user_identity = "u",
                              .extranonce_size = 0};
        mining::JobRecord job;
        job.channel = channel.key;
        queue.add_share({channel, job, {}}, {}, "", now);
    }
    void add_open(std::uint64_t connection, std::uint64_t key) {
        queue.add_event(connection, ChannelOpen{.key = {key}}, now);
    }
    void add_close(std::uint64_t connection, std::uint64_t key) {
        queue.add_event(connection, ChannelClose{{key}, "by-miner"}, now);
    }
    /// The channels that the events of the next batch are about.
    std::vector<std::uint64_t> take() {
        std::vector<std::uint64_t> keys;
        for (const auto& event : queue.take(now).events)
            std::visit([&](const auto& body) { keys.push_back(body.key.value); }, event.body);
        return keys;
    }

    PartitionQueue queue{mining::Epoch{42}, Partition{3}, 2, pace};
    base::SteadyTime now{1h};
};

using Keys = std::vector<std::uint64_t>;

TEST_F(PartitionQueueTest, TheFirstOpenGoesAtOnce) {
    EXPECT_FALSE(queue.is_ready(now));
    add_open(1, 10);
    ASSERT_TRUE(queue.is_ready(now));
    EXPECT_EQ(queue.oldest(), now);
    EXPECT_EQ(take(), (Keys{10}));
    EXPECT_TRUE(queue.is_empty());
}

TEST_F(PartitionQueueTest, EventsGoAtTheirPaceAndNoneIsLost) {
    for (std::uint64_t key = 0; key < 10; ++key) add_open(1, key);
    Keys taken;
    for (std::size_t batches = 0; !queue.is_empty(); ++batches) {
        ASSERT_LT(batches, 3U);
        ASSERT_TRUE(queue.is_ready(now));
        std::ranges::copy(take(), std::back_inserter(taken));
        EXPECT_FALSE(queue.is_ready(now)) << "not before its interval";
        now += pace.interval;
    }
    EXPECT_EQ(taken, (Keys{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
}

TEST_F(PartitionQueueTest, SharesGoBetweenEventsThatWait) {
    for (std::uint64_t key = 0; key < 10; ++key) add_close(1, key);
    EXPECT_EQ(queue.entries(), 0U) << "what waits does not stop the sockets of others";
    EXPECT_EQ(take().size(), pace.at_once);
    add_share(77);
    ASSERT_TRUE(queue.is_ready(now));
    const auto batch = queue.take(now);
    EXPECT_EQ(batch.shares.size(), 1U);
    EXPECT_TRUE(batch.events.empty());
    EXPECT_EQ(queue.paced_events(), 6U);
}

TEST_F(PartitionQueueTest, AsManyMoreGoAsCouldNotAndAsTheLedgerDoesNotNotice) {
    for (std::uint64_t key = 0; key < 100; ++key) add_close(1, key);
    EXPECT_EQ(take().size(), 4U);
    now += 1ms;
    queue.came_home(now);
    now += 100ms;
    EXPECT_EQ(take().size(), 4U) << "a fast ledger would";
    now += 4ms;
    queue.came_home(now);
    now += 16ms;
    EXPECT_EQ(take().size(), 4U) << "one interval's worth";
    now += 40ms;
    EXPECT_EQ(take().size(), 8U) << "two intervals' worth";
    now += 100ms;
    queue.came_home(now);
    EXPECT_EQ(take().size(), pace.at_once_max) << "a slow ledger has a bound too";
}

TEST_F(PartitionQueueTest, ABatchWithoutEventsSaysNothingOfThem) {
    for (std::uint64_t key = 0; key < 100; ++key) add_close(1, key);
    take();
    queue.came_home(now);
    add_share(77);
    take();
    now += 1s;
    queue.came_home(now);
    EXPECT_EQ(take().size(), 4U);
}

TEST_F(PartitionQueueTest, OfWhoAsksInBulkFewGoWithShares) {
    for (std::uint64_t key = 1000; key < 1000 + 65; ++key) add_close(1, key);
    while (queue.paced_events() > 1) {
        EXPECT_FALSE(queue.are_paced_bulk());
        take();
        now += 20ms;
    }
    EXPECT_TRUE(queue.are_paced_bulk()) << "beyond what everybody may";
    for (std::uint64_t key = 2000; key < 2010; ++key) add_close(1, key);
    add_share(77);
    EXPECT_EQ(take().size(), 1U);
    now += 20ms;
    EXPECT_EQ(take().size(), 2U) << "alone they are in nobody's way";
    now += 20ms;
    add_close(2, 5);
    add_close(3, 6);
    EXPECT_FALSE(queue.are_paced_bulk());
    add_share(77);
    const auto keys = take();
    EXPECT_EQ(keys.size(), 3U);
    for (const std::uint64_t key : {5U, 6U})
        EXPECT_NE(std::ranges::find(keys, key), keys.end()) << "who asks for one does not wait";
}

TEST_F(PartitionQueueTest, InAHurryNothingRests) {
    for (std::uint64_t key = 0; key < 6; ++key) add_close(1, key);
    take();
    now += 10ms;
    queue.came_home(now);
    ASSERT_FALSE(queue.is_ready(now));
    queue.hurry();
    EXPECT_TRUE(queue.is_ready(now));
    EXPECT_EQ(take().size(), 2U) << "two shares, or events, are a batch of this queue";
    queue.came_home(now + 10ms);
    EXPECT_TRUE(queue.is_empty());
}

TEST_F(PartitionQueueTest, ConnectionsTakeTurns) {
    for (std::uint64_t key = 100; key < 200; ++key) add_close(1, key);
    add_open(2, 1);
    add_open(3, 2);
    add_open(3, 3);
    auto keys = take();
    std::ranges::sort(keys);
    EXPECT_EQ(keys, (Keys{1, 2, 100, 101}));
    now += pace.interval;
    keys = take();
    std::ranges::sort(keys);
    EXPECT_EQ(keys, (Keys{3, 102, 103, 104}));
}

TEST_F(PartitionQueueTest, AChannelIsClosedBehindItsShares) {
    for (int i = 0; i < 3; ++i) add_share(10);
    add_close(1, 10);
    add_close(2, 11);
    EXPECT_EQ(take(), Keys{}) << "the third share is in the batch behind this one";
    const auto batch = queue.take(now);
    EXPECT_EQ(batch.shares.size(), 1U);
    ASSERT_EQ(batch.events.size(), 2U);
    EXPECT_EQ(batch.events[0].before_share, 1U);
}

TEST_F(PartitionQueueTest, AnOpenIsClosedBehindItself) {
    add_open(1, 10);
    add_close(1, 10);
    const auto batch = queue.take(now);
    ASSERT_EQ(batch.events.size(), 2U);
    EXPECT_TRUE(std::holds_alternative<ChannelOpen>(batch.events[0].body));
    EXPECT_TRUE(std::holds_alternative<ChannelClose>(batch.events[1].body));
}

TEST_F(PartitionQueueTest, ATipComesWithTheEventsThatFollowIt) {
    add_open(1, 10);
    take();
    bitcoin::BlockHash tip;
    tip.value.bytes[0] = 9;
    queue.set_tip(tip, now);
    add_close(1, 10);
    now += pace.interval;
    const auto batch = queue.take(now);
    EXPECT_EQ(batch.live_tips, std::vector{tip});
    EXPECT_EQ(batch.events.size(), 1U);
    EXPECT_TRUE(queue.is_empty());
}

TEST_F(PartitionQueueTest, CountsWhatWaitsUntilItIsTaken) {
    add_share(10);
    queue.add_event(1, TargetApplied{.key = {10}, .target = {}}, now);
    add_share(10);
    EXPECT_EQ(queue.shares(), 2U);
    EXPECT_EQ(queue.entries(), 3U) << "the event keeps its place among the shares";
    EXPECT_EQ(queue.take(now).events.size(), 1U);
    EXPECT_EQ(queue.shares(), 1U);
    EXPECT_EQ(queue.entries(), 1U);
    take();
    EXPECT_EQ(queue.shares(), 0U);
    EXPECT_EQ(queue.entries(), 0U);
}

TEST_F(PartitionQueueTest, TheOldestIsTheShareOrTheEventThatMayGoFirst) {
    EXPECT_EQ(queue.oldest(), std::nullopt);
    add_share(10);
    EXPECT_EQ(queue.oldest(), now);
    take();
    for (std::uint64_t key = 0; key < 5; ++key) add_close(1, key);
    take();
    const auto due = now + pace.interval;
    now += 1ms;
    add_share(10);
    EXPECT_EQ(queue.oldest(), now) << "before the events' turn";
    take();
    now = due + 1ms;
    add_share(10);
    EXPECT_EQ(queue.oldest(), due);
}

TEST_F(PartitionQueueTest, ANewTipIsSaidOnceAndOnlyWhereThereIsAHistory) {
    bitcoin::BlockHash first;
    first.value.bytes[0] = 1;
    bitcoin::BlockHash second;
    second.value.bytes[0] = 2;
    queue.set_tip(first, now);
    EXPECT_FALSE(queue.has_batch()) << "the ledger knows nothing of this partition";
    add_share(10);
    queue.set_tip(second, now);
    auto batch = queue.take(now);
    EXPECT_EQ(batch.live_tips, std::vector{first});
    EXPECT_EQ(batch.shares.size(), 1U) << "found under the tip before";
    batch = queue.take(now);
    EXPECT_EQ(batch.live_tips, std::vector{second});
    EXPECT_TRUE(batch.shares.empty());
    queue.set_tip(second, now);
    EXPECT_FALSE(queue.has_batch()) << "it was said";
}

TEST_F(PartitionQueueTest, OfTwoTipsInARowTheLastIsSaid) {
    add_share(10);
    take();
    bitcoin::BlockHash tip;
    for (int i = 0; i < 2; ++i) {
        ++tip.value.bytes[0];
        queue.set_tip(tip, now);
        ASSERT_TRUE(queue.has_batch()) << "after its first batch, too";
    }
    EXPECT_EQ(queue.take(now).live_tips, std::vector{tip});
    EXPECT_FALSE(queue.has_batch());
}

TEST_F(PartitionQueueTest, AScanTakesWhatCameTogetherAndNothingYounger) {
    queue = PartitionQueue{mining::Epoch{42}, Partition{3}, 100, pace};
    add_share(10);
    take();
    EXPECT_EQ(queue.oldest_unscanned(), std::nullopt) << "what is taken is not scanned";
    constexpr base::SteadyTime::duration tick{1};
    const auto first = now;
    add_share(10);
    now += 5ms;
    add_share(11);
    now += tick;
    const auto third = now;
    add_share(12);
    now += 6ms;
    const auto fourth = now;
    add_share(13);
    EXPECT_EQ(queue.oldest_unscanned(), first);
    EXPECT_FALSE(queue.take_unscanned(first).has_value());
    const auto scanned = [&](base::SteadyTime before) {
        const auto found = queue.take_unscanned(before);
        EXPECT_TRUE(found.has_value());
        EXPECT_EQ(found->sequence, 2U);
        Keys keys;
        for (const auto& channel : found->shares.channels) keys.push_back(channel.key.value);
        EXPECT_EQ(found->shares.shares.size(), keys.size());
        return keys;
    };
    EXPECT_EQ(scanned(first + tick), (Keys{10, 11})) << "within 5 ms of the first";
    EXPECT_FALSE(queue.take_unscanned(third).has_value());
    EXPECT_EQ(scanned(fourth), Keys{12});
    EXPECT_EQ(queue.oldest_unscanned(), fourth);
    add_share(14);
    EXPECT_EQ(scanned(fourth + tick), (Keys{13, 14}));
    EXPECT_EQ(queue.oldest_unscanned(), std::nullopt);
}

TEST_F(PartitionQueueTest, WhatWaitsForItsPaceIsNotOverdue) {
    for (std::uint64_t key = 0; key < 5; ++key) add_close(1, key);
    take();
    EXPECT_EQ(queue.oldest(), now + pace.interval);
}

}  // namespace
}  // namespace bus
