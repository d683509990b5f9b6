// Workers that fall silent, wait, leave, come back: who gets a batch again.
#include <algorithm>
#include <set>

#include "bus/dispatcher_testing.h"

namespace bus {
namespace {

constexpr auto epoch = dispatcher_epoch;

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

TEST_F(DispatcherTest, AWorkerThatDoesNotSpeakOfABatchIsGivenNoneWhileAnotherHasCredit) {
    join("a");
    join("b");
    add_share(3);
    const auto first = batches();
    ASSERT_EQ(first.size(), 1U);
    const auto silent = first[0].first;
    const std::string other = silent == "a" ? "b" : "a";
    now += 1001ms;
    // It is heard of, and what it is sent vanishes.
    for (const auto& worker : {silent, other}) dispatcher.on_message(worker, ready(worker, 4), now);
    dispatcher.on_tick(now);
    auto sent_now = batches();
    ASSERT_EQ(sent_now.size(), 1U);
    EXPECT_EQ(sent_now[0].first, other);
    for (int i = 0; i < 3; ++i) {
        dispatcher.on_message(other, result_of(sent_now[0].second), now);
        add_share(3);
        sent_now = batches();
        ASSERT_EQ(sent_now.size(), 1U);
        EXPECT_EQ(sent_now[0].first, other) << "a second more for each";
    }
    dispatcher.on_message(other, result_of(sent_now[0].second), now);
    dispatcher.on_message(silent, result_of(first[0].second), now);
    add_share(3);
    sent_now = batches();
    ASSERT_EQ(sent_now.size(), 1U);
    EXPECT_EQ(sent_now[0].first, silent) << "it has spoken, and has the partition's caches";
}

TEST_F(DispatcherTest, AWorkerThatDoesNotSpeakOfABatchIsBetterThanNone) {
    join("a");
    add_share(3);
    ASSERT_EQ(batches().size(), 1U);
    now += 1001ms;
    dispatcher.on_message("a", ready("a", 4), now);
    add_share(4);
    ASSERT_EQ(batches().size(), 1U);
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

TEST_F(DispatcherTest, AWorkerWhoseBatchWaitedForThreeSecondsIsGivenNoneWhileAnotherHasCredit) {
    join("a");
    join("b");
    add_share(3);
    const auto first = batches();
    ASSERT_EQ(first.size(), 1U);
    const auto cut_off = first[0].first;
    const std::string other = cut_off == "a" ? "b" : "a";
    const auto hear = [&] {
        dispatcher.on_message(cut_off, Waiting{epoch, {3}, 1, WaitsFor::ledger}, now);
        dispatcher.on_message(other, ready(other, 4), now);
        dispatcher.on_tick(now);
        return batches();
    };
    std::vector<std::pair<std::string, Batch>> sent_now;
    for (int i = 0; sent_now.empty() && i < 20; ++i, now += 250ms) sent_now = hear();
    ASSERT_EQ(sent_now.size(), 1U);
    EXPECT_EQ(sent_now[0].first, other);
    for (int i = 0; i < 3; ++i, now += 250ms) {
        dispatcher.on_message(other, result_of(sent_now[0].second), now);
        EXPECT_TRUE(hear().empty());
        add_share(3);
        sent_now = batches();
        ASSERT_EQ(sent_now.size(), 1U);
        EXPECT_EQ(sent_now[0].first, other) << "three seconds more for each";
    }
    dispatcher.on_message(other, result_of(sent_now[0].second), now);
    dispatcher.on_message(cut_off, result_of(first[0].second), now);
    add_share(3);
    sent_now = batches();
    ASSERT_EQ(sent_now.size(), 1U);
    EXPECT_EQ(sent_now[0].first, cut_off) << "it waits no longer, and has the partition's caches";
}

TEST_F(DispatcherTest, AWorkerThatHasAnsweredSinceABatchOfItsBeganToWaitIsNotCutOff) {
    join("a", 100);
    join("b", 100);
    for (std::uint32_t partition = 0; partition < 16; ++partition) add_share(partition);
    auto first = batches();
    ASSERT_EQ(first.size(), 16U);
    std::ranges::stable_partition(first, [](const auto& sent_to) { return sent_to.first == "b"; });
    // The ledger is away for both, and back: one connection of a worker after the other.
    for (int i = 0; i < 13; ++i, now += 250ms)
        for (const auto& [worker, batch] : first)
            dispatcher.on_message(
                worker, Waiting{epoch, batch.partition, batch.sequence, WaitsFor::ledger}, now);
    for (const auto& [worker, batch] : first) {
        dispatcher.on_message(worker, result_of(batch), now);
        add_share(batch.partition.value);
        for (const auto& [next_worker, next] : batches()) {
            if (next.partition != batch.partition || next.sequence == batch.sequence) continue;
            EXPECT_EQ(next_worker, worker);
        }
    }
}

TEST_F(DispatcherTest, WhereAllWaitForTheLedgerEachPartitionStaysWithItsWorker) {
    join("a");
    join("b");
    add_share(3);
    const auto first = batches();
    ASSERT_EQ(first.size(), 1U);
    for (int i = 0; i < 40; ++i, now += 250ms) {
        for (const auto* worker : {"a", "b"})
            dispatcher.on_message(worker, Waiting{epoch, {3}, 1, WaitsFor::ledger}, now);
        dispatcher.on_tick(now);
    }
    EXPECT_EQ(batches().size(), 1U) << "each has it now";
    dispatcher.on_message(first[0].first, result_of(first[0].second), now);
    add_share(3);
    const auto next = batches();
    ASSERT_EQ(next.size(), 1U);
    EXPECT_EQ(next[0].first, first[0].first);
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

}  // namespace
}  // namespace bus
