// Whose word counts, who comes next, and when the loop has to turn again.

#include <map>

#include "bus/dispatcher_testing.h"

namespace bus {
namespace {

constexpr auto epoch = dispatcher_epoch;

class DispatcherTurnsTest : public DispatcherTest {
  protected:
    /// What the dispatcher wants sent without being flushed by the test.
    std::vector<ToWorker> words() {
        std::vector<ToWorker> found;
        for (auto& effect : dispatcher.take_effects())
            if (auto* send = std::get_if<Dispatcher::Send>(&effect))
                found.push_back(decode_to_worker(send->frame)->message);
        return found;
    }
    std::size_t batches_among(const std::vector<ToWorker>& said) {
        return static_cast<std::size_t>(std::ranges::count_if(
            said, [](const auto& word) { return std::holds_alternative<Batch>(word); }));
    }
    void hear(const std::vector<std::string>& workers) {
        for (const auto& worker : workers) dispatcher.on_message(worker, ready(worker, 4), now);
    }
    void say_waiting(const std::string& worker, std::uint32_t partition = 3) {
        dispatcher.on_message(worker, Waiting{epoch, {partition}, 1, WaitsFor::ledger}, now);
    }
    /// Of partition 3: the first was silent for too long, and may answer yet.
    void have_a_batch_with(const std::string& first, const std::string& second) {
        join(first);
        add_share(3);
        ASSERT_EQ(batches().size(), 1U);
        join(second);
        now += settings.silence_max + 1ms;
        hear({first, second});
        ASSERT_EQ(batches().size(), 1U);
    }
    void close_channels(std::uint32_t partition, std::uint64_t count) {
        for (std::uint64_t key = 0; key < count; ++key)
            dispatcher.add_event({partition}, key, ChannelClose{{key}, "by-miner"}, now);
    }
};

TEST_F(DispatcherTurnsTest, AWorkerIsGreetedOnceAndToldWhyItIsRefused) {
    dispatcher.on_message("a", ready("a", 4), now);
    auto said = words();
    ASSERT_EQ(said.size(), 1U);
    EXPECT_EQ(std::get<Hello>(said[0]), (Hello{epoch, ""}));
    dispatcher.on_message("a", ready("a", 4), now);
    EXPECT_TRUE(words().empty());
    auto bad = ready("b", 4);
    bad.partitions = 8;
    dispatcher.on_message("b", bad, now);
    said = words();
    ASSERT_EQ(said.size(), 1U);
    EXPECT_EQ(std::get<Hello>(said[0]), (Hello{epoch, refusal_of(bad, settings)}));
}

TEST_F(DispatcherTurnsTest, WhatALostWorkerHadGoesOnAtOnce) {
    for (const bool is_unreachable : {true, false}) {
        SCOPED_TRACE(is_unreachable);
        join("a");
        add_share(3);
        ASSERT_EQ(batches().size(), 1U);
        dispatcher.on_message("b", ready("b", 4), now);
        words();
        if (is_unreachable) {
            dispatcher.on_unreachable("a", now);
        } else {
            now += settings.silence_max + 1ms;
            hear({"a", "b"});
            dispatcher.on_tick(now);
        }
        EXPECT_EQ(batches_among(words()), 1U);
        dispatcher = Dispatcher{settings};
    }
}

TEST_F(DispatcherTurnsTest, AnothersWordIsNoneOfTheHolder) {
    join("a");
    add_share(3);
    ASSERT_EQ(batches().size(), 1U);
    join("b");
    for (int i = 0; i < 5; ++i) {
        now += 250ms;
        hear({"a", "b"});
        say_waiting("b");
    }
    EXPECT_EQ(batches().size(), 1U) << "it is the holder that was silent";
}

TEST_F(DispatcherTurnsTest, WhileOneOfItsHoldersSpeaksABatchGoesToNoOther) {
    ASSERT_NO_FATAL_FAILURE(have_a_batch_with("a", "b"));
    join("c");
    for (int i = 0; i < 8; ++i) {
        now += 250ms;
        hear({"a", "b", "c"});
        say_waiting("b");
        dispatcher.on_tick(now);
        EXPECT_TRUE(batches().empty());
    }
}

TEST_F(DispatcherTurnsTest, AFencedGatewayHasItsCreditBack) {
    join("a");
    add_share(3);
    ASSERT_EQ(batches().size(), 1U);
    EXPECT_EQ(dispatcher.credits(), 3U);
    dispatcher.on_message("a", Refused{epoch, {3}, 1, "reaped"}, now);
    EXPECT_EQ(dispatcher.credits(), 4U);
}

TEST_F(DispatcherTurnsTest, WhoNeverHadABatchComesBeforeWhoLostIt) {
    for (std::uint32_t partition = 0; partition < 16; ++partition) {
        SCOPED_TRACE(partition);
        dispatcher = Dispatcher{settings};
        join("a");
        add_share(partition);
        ASSERT_EQ(batches().size(), 1U);
        dispatcher.on_unreachable("a", now);
        hear({"a", "b"});
        now += settings.silence_max + 1ms;
        hear({"a", "b"});
        const auto again = batches();
        ASSERT_EQ(again.size(), 1U);
        EXPECT_EQ(again[0].first, "b");
    }
}

TEST_F(DispatcherTurnsTest, AfterASecondOfSilenceAWorkerIsDoubtfulAndAfterFiveABatchIsNone) {
    join("a", 100);
    join("b", 100);
    std::map<std::uint32_t, std::string> preferred;
    for (std::uint32_t partition = 0; partition < 16; ++partition) add_share(partition);
    for (const auto& [worker, batch] : batches()) {
        preferred[batch.partition.value] = worker;
        if (batch.partition.value != 0) dispatcher.on_message(worker, result_of(batch), now);
    }
    const auto silent = preferred[0];
    std::vector<std::uint32_t> of_silent;
    for (const auto& [partition, worker] : preferred)
        if (partition != 0 && worker == silent) of_silent.push_back(partition);
    ASSERT_GE(of_silent.size(), 2U);
    now += settings.silence_max;
    add_share(of_silent[0]);
    auto sent_now = batches();
    ASSERT_EQ(sent_now.size(), 1U);
    EXPECT_EQ(sent_now[0].first, silent) << "a second is allowed";
    dispatcher.on_message(silent, result_of(sent_now[0].second), now);
    now += 1ms;
    add_share(of_silent[1]);
    sent_now = batches();
    ASSERT_EQ(sent_now.size(), 2U) << "and its own batch goes to the other";
    for (const auto& [worker, batch] : sent_now) EXPECT_NE(worker, silent);
}

TEST_F(DispatcherTurnsTest, BehindThreeSecondsOfWaitingWithoutAnAnswerAWorkerIsDoubtful) {
    const struct {
        const char* when;
        std::chrono::milliseconds waits;
        bool has_answered;
        bool is_doubtful;
    } cases[] = {
        {"three seconds are allowed", settings.waiting_max, false, false},
        {"behind them", settings.waiting_max + 1ms, false, true},
        {"it has answered when the wait began", settings.waiting_max + 1ms, true, false},
    };
    for (const auto& [when, waits, has_answered, is_doubtful] : cases) {
        SCOPED_TRACE(when);
        dispatcher = Dispatcher{settings};
        join("a", 100);
        join("b", 100);
        for (std::uint32_t partition = 0; partition < 16; ++partition) add_share(partition);
        std::map<std::string, std::vector<Batch>> given;
        for (const auto& [worker, batch] : batches()) given[worker].push_back(batch);
        const auto& of_a = given["a"];
        ASSERT_GE(of_a.size(), 3U);
        for (const auto& batch : given["b"]) dispatcher.on_message("b", result_of(batch), now);
        for (std::size_t i = 2; i < of_a.size(); ++i)
            dispatcher.on_message("a", result_of(of_a[i]), now);
        if (!has_answered) dispatcher.on_message("a", result_of(of_a[1]), now);
        now += 1ms;
        const auto since = now;
        say_waiting("a", of_a[0].partition.value);
        if (has_answered) dispatcher.on_message("a", result_of(of_a[1]), now);
        while (now < since + waits) {
            now = std::min<base::SteadyTime>(now + 250ms, since + waits);
            hear({"a", "b"});
            say_waiting("a", of_a[0].partition.value);
        }
        add_share(of_a[2].partition.value);
        std::string next;
        for (const auto& [worker, batch] : batches())
            if (batch.partition == of_a[2].partition) next = worker;
        EXPECT_EQ(next, is_doubtful ? "b" : "a");
    }
}

TEST_F(DispatcherTurnsTest, ALoanEndsBehindFiveSecondsNotWithThem) {
    join("a", 1);
    add_share(3);
    ASSERT_EQ(batches().size(), 1U);
    now += settings.loan_max;
    hear({"a"});
    dispatcher.on_tick(now);
    EXPECT_TRUE(batches().empty());
    EXPECT_EQ(dispatcher.credits(), 0U);
    now += 1ms;
    dispatcher.on_tick(now);
    EXPECT_EQ(batches().size(), 1U) << "it is sent again";
}

TEST_F(DispatcherTurnsTest, TheLongerABatchTakesTheMoreOpensGoWithTheNext) {
    join("a");
    close_channels(3, 200);
    const auto first = batches();
    ASSERT_EQ(first.size(), 1U);
    EXPECT_EQ(first[0].second.events.size(), settings.event_pace.at_once);
    now += 1s;
    dispatcher.on_message("a", result_of(first[0].second), now);
    const auto second = batches();
    ASSERT_EQ(second.size(), 1U);
    EXPECT_EQ(second[0].second.events.size(), settings.event_pace.at_once_max);
}

TEST_F(DispatcherTurnsTest, InAHurryEventsWaitForNoSharesOfOthers) {
    join("a", 16);
    const auto bring_home = [&] {
        const auto found = batches();
        now += 1ms;
        for (const auto& [worker, batch] : found) dispatcher.on_message("a", result_of(batch), now);
        return found.size();
    };
    add_share(0);
    close_channels(3, 100);
    EXPECT_EQ(bring_home(), 2U);
    EXPECT_EQ(bring_home(), 0U) << "the disk is the shares' for a while";
    dispatcher.hurry();
    EXPECT_EQ(bring_home(), 1U);
}

TEST_F(DispatcherTurnsTest, TurnsAgainForWhateverComesFirst) {
    join("a", 2);
    add_share(4);
    close_channels(3, 100);
    const auto first = batches();
    ASSERT_EQ(first.size(), 2U);
    EXPECT_EQ(dispatcher.next_flush_at(now), std::nullopt);
    const auto start = now;
    add_share(4);  // is scanned if its partition stands
    now += 1ms;
    add_share(3);
    EXPECT_EQ(dispatcher.next_flush_at(now), start + settings.scan_after + 1ns)
        << "of two partitions the one whose share is older";
    now = start + 2ms;
    for (const auto& [worker, batch] : first)
        if (batch.partition.value == 3) dispatcher.on_message("a", result_of(batch), now);
    EXPECT_EQ(dispatcher.credits(), 1U);
    ASSERT_EQ(batches().size(), 1U) << "the share of 3, with what is paced";
    EXPECT_EQ(dispatcher.credits(), 0U);
    close_channels(5, 1);
    EXPECT_EQ(dispatcher.next_flush_at(now), start + settings.scan_after + 1ns)
        << "without credit nothing of 5 may go";
}

TEST_F(DispatcherTurnsTest, TurnsAgainForTheOldestShareWhateverItsPartition) {
    join("a", 1);
    add_share(7);
    ASSERT_EQ(batches().size(), 1U);
    const auto start = now;
    for (const std::uint32_t partition : {4U, 3U, 5U}) {
        add_share(partition);
        now += 1ms;
    }
    EXPECT_EQ(dispatcher.next_flush_at(now), start + settings.scan_after + 1ns);
}

TEST_F(DispatcherTurnsTest, TurnsAgainForWhatIsPacedThoughAScanComesLater) {
    join("a", 2);
    add_share(4);
    close_channels(3, 100);
    const auto first = batches();
    ASSERT_EQ(first.size(), 2U);
    now += 1ms;
    add_share(4);
    for (const auto& [worker, batch] : first)
        if (batch.partition.value == 3) dispatcher.on_message("a", result_of(batch), now);
    EXPECT_EQ(dispatcher.credits(), 1U);
    EXPECT_TRUE(batches().empty()) << "a rest of twenty times what it took";
    EXPECT_EQ(dispatcher.next_flush_at(now), now + settings.lone_pace.rest * 1ms);
}

TEST_F(DispatcherTurnsTest, AScanOfABatchHasItsSharesAndNothingForTheLedger) {
    dispatcher.set_tip(bitcoin::BlockHash{bitcoin::uint256_max()}, now);
    join("a", 1);
    dispatcher.add_event({3}, 1, TargetApplied{{4}, bitcoin::target_max()}, now);
    add_share(3);
    const auto sent_batches = batches();
    ASSERT_EQ(sent_batches.size(), 1U);
    const auto& batch = sent_batches[0].second;
    ASSERT_EQ(batch.events.size(), 1U);
    ASSERT_EQ(batch.live_tips.size(), 1U);
    join("b", 0);
    dispatcher.on_unreachable("a", now);
    const auto said = words();
    ASSERT_EQ(said.size(), 1U);
    const auto& scanned = std::get<Scan>(said[0]).shares;
    EXPECT_EQ(scanned.shares, batch.shares);
    EXPECT_EQ(scanned.sequence, 0U) << "it is no batch";
    EXPECT_TRUE(scanned.events.empty());
    EXPECT_TRUE(scanned.live_tips.empty());
}

TEST_F(DispatcherTurnsTest, ABatchIsNotScannedWhileOneOfItsHoldersIsHeardOf) {
    ASSERT_NO_FATAL_FAILURE(have_a_batch_with("a", "b"));
    const auto given = now;
    const auto said_until = [&](base::SteadyTime until, bool is_heard) {
        std::size_t scans = 0;
        while (now < until) {
            now = std::min<base::SteadyTime>(now + 250ms, until);
            hear({"a", "b"});
            if (is_heard) say_waiting("b");
            dispatcher.on_tick(now);
            for (const auto& word : words())
                if (std::holds_alternative<Scan>(word)) ++scans;
        }
        return scans;
    };
    EXPECT_EQ(said_until(given + settings.waiting_max - 500ms, true), 0U);
    // It waits for too long and nobody else has it not.
    EXPECT_EQ(said_until(now + settings.silence_max, false), 0U) << "a second of silence";
    EXPECT_EQ(said_until(now + 1ms, false), 1U);
}

TEST_F(DispatcherTurnsTest, APartitionWhoseBatchHasJustLeftDoesNotStand) {
    join("a", 1);
    add_share(4);
    const auto first = batches();
    ASSERT_EQ(first.size(), 1U);
    for (std::uint32_t i = 0; i <= settings.shares_a_batch; ++i) add_share(3, i);
    now += 40ms;
    dispatcher.on_message("a", result_of(first[0].second), now);
    ASSERT_EQ(batches().size(), 1U);
    now += 20ms;
    dispatcher.flush(now);
    EXPECT_TRUE(words().empty()) << "the last share has waited for 60 ms, its partition for 20";
    now += 31ms;
    dispatcher.flush(now);
    EXPECT_EQ(words().size(), 1U);
}

}  // namespace
}  // namespace bus
