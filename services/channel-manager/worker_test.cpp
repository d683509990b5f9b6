#include "channel-manager/worker.h"

#include <gtest/gtest.h>

#include "channel-manager/batch_testing.h"
#include "channel-manager/ports_testing.h"
#include "mining/judge.h"

namespace channel_manager {
namespace {

using namespace std::chrono_literals;

class WorkerTest : public testing::Test {
  protected:
    WorkerTest() { templates_.add(mining::some_template()); }

    void give(const bus::Batch& batch, std::size_t gateway = 0) {
        worker_.on_batch(gateway, batch, bytes_of(batch));
    }
    void pass(std::chrono::milliseconds time) {
        for (auto gone = 0ms; gone < time; gone += 25ms) {
            clock_.advance(25ms);
            worker_.on_tick();
        }
    }
    void make_everything_a_block() {
        auto block_template = mining::some_template();
        block_template.tip.network_target = bitcoin::target_max();
        templates_.add(block_template);
    }
    /// Its only share is a block, which the replicas answer so; the ledger has it.
    void give_a_block(SolutionOutcome answer) {
        make_everything_a_block();
        solutions_.at_once = answer;
        give(some_batch(1, 1));
        commits_.succeed({false});
    }
    base::ManualClock clock_{};
    FakeTemplates templates_{};
    FakeSolutions solutions_{};
    FakeCommits commits_{};
    FakeGateways gateways_{};
    service::Registry registry_{"channel-manager", "test"};
    Metrics metrics_{registry_};
    Worker worker_{
        {.id = bus::WorkerId{9}, .partitions = 16, .policy = some_policy(), .held_max = 4},
        clock_,
        {templates_, solutions_, commits_, gateways_},
        metrics_};
};

TEST_F(WorkerTest, AnswersABatchWhenTheLedgerHasIt) {
    give(some_batch(1, 3), 5);
    ASSERT_EQ(commits_.commits.size(), 1U);
    EXPECT_TRUE(gateways_.sent.empty());
    commits_.succeed({false, true, false});
    ASSERT_EQ(gateways_.sent.size(), 1U);
    EXPECT_EQ(gateways_.sent[0].first, 5U);
    const auto result = gateways_.all<bus::Result>().at(0);
    EXPECT_EQ(result.sequence, 1U);
    EXPECT_FALSE(result.verdicts[0].error.has_value());
    EXPECT_EQ(result.verdicts[1].error, mining::ShareError::duplicate_share);
    EXPECT_EQ(result.verdicts[1].difficulty, bitcoin::Difficulty{});
    EXPECT_EQ(worker_.held(), 0U);
    EXPECT_EQ(metrics_.accepted_shares.value(), 2U);
    EXPECT_EQ(metrics_.rejected_shares(mining::ShareError::duplicate_share).value(), 1U);
}

TEST_F(WorkerTest, ForwardsTheStoredVerdictsOfAReplayAndNotItsOwn) {
    give(some_batch(1, 2));
    bus::Result stored{mining::Epoch{3}, bus::Partition{2}, 1, {}, {}};
    stored.verdicts.resize(2);
    stored.verdicts[0].error = mining::ShareError::difficulty_too_low;
    stored.verdicts[1].difficulty = bitcoin::Difficulty{77};
    ledger::Committed replay;
    replay.is_replay = true;
    replay.outcome = bus::encode_result(stored);
    replay.duplicates = {false, false};
    commits_.answer(replay);
    EXPECT_EQ(gateways_.all<bus::Result>(), std::vector<bus::Result>{stored});
    EXPECT_EQ(metrics_.replays.value(), 1U);
    EXPECT_EQ(metrics_.accepted_shares.value(), 0U) << "counted where it was committed";
}

TEST_F(WorkerTest, CommitsOfSeveralBatchesDoNotWaitForOneAnother) {
    auto other = some_batch(1, 1);
    other.partition = bus::Partition{3};
    give(some_batch(1, 1));
    give(other);
    EXPECT_EQ(commits_.commits.size(), 2U);
}

TEST_F(WorkerTest, HoldsABatchUntilItsTemplateComesAndSaysSo) {
    templates_.clear();
    give(some_batch(1, 1));
    pass(250ms);
    EXPECT_TRUE(commits_.commits.empty());
    EXPECT_EQ(worker_.queue(bus::WaitsFor::templates).depth, 1U);
    const auto waiting = gateways_.all<bus::Waiting>();
    ASSERT_EQ(waiting.size(), 1U);
    EXPECT_EQ(waiting[0],
              (bus::Waiting{mining::Epoch{3}, bus::Partition{2}, 1, bus::WaitsFor::templates}));
    templates_.add(mining::some_template());
    worker_.on_template();
    EXPECT_EQ(commits_.commits.size(), 1U);
}

TEST_F(WorkerTest, ABlockWaitsForNobodyElsesTemplate) {
    auto block_template = mining::some_template();
    block_template.tip.network_target = bitcoin::target_max();
    templates_.add(block_template);
    auto batch = some_batch(1, 2);
    batch.jobs.push_back(batch.jobs[0]);
    batch.jobs[1].record.job_id += 1;
    batch.jobs[1].record.template_ref.value += 1;
    batch.shares[1].job = 1;
    give(batch);
    EXPECT_EQ(solutions_.submitted.size(), 1U) << "the other share's template is not there";
    EXPECT_TRUE(commits_.commits.empty());
    pass(1s);
    EXPECT_EQ(solutions_.submitted.size(), 1U);
    block_template.ref.value += 1;
    templates_.add(block_template);
    worker_.on_template();
    EXPECT_EQ(solutions_.submitted.size(), 2U) << "the first block is known already";
    EXPECT_EQ(commits_.commits.size(), 1U);
}

TEST_F(WorkerTest, AnEmptyBatchNeedsNoTemplate) {
    templates_.clear();
    give(some_batch(1, 0));
    EXPECT_EQ(commits_.commits.size(), 1U);
}

TEST_F(WorkerTest, ATemplateThatNeverComesDoesNotStopAPartitionForEver) {
    templates_.clear();
    give(some_batch(1, 2));
    pass(14s);
    EXPECT_TRUE(commits_.commits.empty());
    pass(2s);
    ASSERT_EQ(commits_.commits.size(), 1U);
    EXPECT_TRUE(commits_.commits[0].credited.empty());
    commits_.succeed({false, false});
    EXPECT_EQ(gateways_.all<bus::Result>().at(0).verdicts[1].error,
              mining::ShareError::stale_share);
    EXPECT_EQ(metrics_.unjudged.value(), 2U);
}

TEST_F(WorkerTest, ATemplateThatNobodyHasIsNotWaitedFor) {
    templates_.clear();
    give(some_batch(1, 2));
    EXPECT_GT(templates_.sought, 0) << "at once, while it says that it waits";
    pass(500ms);
    EXPECT_TRUE(commits_.commits.empty());
    EXPECT_EQ(gateways_.all<bus::Waiting>().at(0).waits_for, bus::WaitsFor::templates);
    templates_.are_lost = true;
    pass(25ms);
    ASSERT_EQ(commits_.commits.size(), 1U);
    EXPECT_TRUE(commits_.commits[0].credited.empty());
}

TEST_F(WorkerTest, RepeatsTheSameCommitUntilTheLedgerTakesIt) {
    give(some_batch(1, 1));
    for (const auto error : {ledger::LedgerError::unavailable, ledger::LedgerError::full,
                             ledger::LedgerError::not_replicated}) {
        commits_.fail(error);
        EXPECT_TRUE(gateways_.all<bus::Result>().empty());
        const auto before = commits_.commits.size();
        pass(1s);
        ASSERT_EQ(commits_.commits.size(), before + 1) << "repeated once, then waited for";
        EXPECT_EQ(commits_.commits.back().record, commits_.commits.front().record);
        EXPECT_EQ(commits_.commits.back().outcome, commits_.commits.front().outcome);
    }
    EXPECT_EQ(metrics_.commit_failures.value(), 3U);
    EXPECT_EQ(metrics_.wait_shortfalls.value(), 1U);
    commits_.succeed({false});
    EXPECT_EQ(gateways_.all<bus::Result>().size(), 1U);
}

TEST_F(WorkerTest, BacksOffFromALedgerThatFails) {
    give(some_batch(1, 1));
    for (int i = 0; i < 10; ++i) {
        commits_.fail(ledger::LedgerError::unavailable);
        pass(1s);
    }
    EXPECT_EQ(commits_.commits.size(), 11U) << "at most once a second in the end";
}

TEST_F(WorkerTest, SaysFourTimesASecondThatItWaitsForTheLedger) {
    give(some_batch(1, 1));
    pass(1s);
    const auto waiting = gateways_.all<bus::Waiting>();
    ASSERT_EQ(waiting.size(), 4U);
    EXPECT_EQ(waiting[3].waits_for, bus::WaitsFor::ledger);
    EXPECT_EQ(worker_.queue(bus::WaitsFor::ledger).depth, 1U);
}

TEST_F(WorkerTest, TellsAGatewayThatWasTakenForDead) {
    for (const auto error : {ledger::LedgerError::reaped, ledger::LedgerError::old}) {
        give(some_batch(1, 1));
        commits_.fail(error);
    }
    EXPECT_EQ(gateways_.all<bus::Refused>().size(), 2U);
    EXPECT_TRUE(gateways_.all<bus::Result>().empty());
    EXPECT_EQ(worker_.held(), 0U);
}

TEST_F(WorkerTest, SubmitsABlockBeforeItCommitsAndAnswersWhenBothAreDone) {
    make_everything_a_block();
    give(some_batch(1, 1));
    ASSERT_EQ(solutions_.submitted.size(), 1U);
    EXPECT_EQ(commits_.commits.size(), 1U) << "the commit runs meanwhile";
    commits_.succeed({false});
    EXPECT_TRUE(gateways_.all<bus::Result>().empty());
    pass(250ms);
    EXPECT_EQ(gateways_.all<bus::Waiting>().back().waits_for, bus::WaitsFor::solution);
    solutions_.answer(SolutionOutcome::stored);
    ASSERT_EQ(gateways_.all<bus::Result>().size(), 1U);
    EXPECT_TRUE(gateways_.all<bus::Result>()[0].verdicts[0].solves_block);
}

TEST_F(WorkerTest, ABlockOfACustomJobThatNobodyHereCanBuildHoldsUpNothing) {
    auto batch = some_batch(1, 1);
    const auto of = mining::some_template();
    const mining::CustomJob job{
        .version = of.version,
        .prev_hash = of.tip.prev_hash,
        .min_ntime = of.tip.min_ntime,
        .nbits = 0x207fffff,
        .coinbase_tx_version = 2,
        .coinbase_prefix = of.coinbase_prefix,
        .coinbase_tx_input_sequence = 0xffffffff,
        .coinbase_tx_outputs = mining::bytes_of_hex("0100f2052a0100000001ac"),
        .coinbase_tx_locktime = 0,
        .merkle_path = {},
    };
    batch.custom_jobs = {job};
    auto& record = batch.jobs[0].record;
    record.custom_job = mining::custom_job_id(job);
    record.template_ref = {};
    const auto as_template = mining::template_of(job);
    const auto coinbase = *mining::derive_job_coinbase(job, record.full_extranonce_size());
    auto& share = batch.shares[0].submitted;
    while (!mining::judge(share, record, as_template, coinbase).solves_block) ++share.nonce;
    give(batch);
    commits_.succeed({false});
    EXPECT_TRUE(solutions_.submitted.empty());
    ASSERT_EQ(gateways_.all<bus::Result>().size(), 1U);
    EXPECT_TRUE(gateways_.all<bus::Result>()[0].verdicts[0].solves_block);
}

TEST_F(WorkerTest, ABlockLeavesAlsoWhenRedisIsAway) {
    make_everything_a_block();
    give(some_batch(1, 1));
    commits_.fail(ledger::LedgerError::unavailable);
    solutions_.answer(SolutionOutcome::stored);
    EXPECT_EQ(solutions_.submitted.size(), 1U);
    EXPECT_EQ(worker_.held(), 1U);
}

TEST_F(WorkerTest, TriesABlockUntilAReplicaHasIt) {
    give_a_block(SolutionOutcome::unavailable);
    pass(3s);
    const auto tries = solutions_.submitted.size();
    EXPECT_GT(tries, 3U);
    EXPECT_LT(tries, 20U);
    EXPECT_TRUE(gateways_.all<bus::Result>().empty());
    pass(10min);
    EXPECT_TRUE(gateways_.all<bus::Result>().empty()) << "never given up while nobody answers";
    solutions_.at_once = SolutionOutcome::stored;
    pass(2s);
    EXPECT_EQ(gateways_.all<bus::Result>().size(), 1U);
    EXPECT_EQ(metrics_.solutions.with({"confirmed"}).value(), 1U);
    EXPECT_EQ(metrics_.solutions.with({"submitted"}).value(), 1U);
}

TEST_F(WorkerTest, GivesUpABlockThatNoReplicaCanBuild) {
    give_a_block(SolutionOutcome::unknown_template);
    pass(2s);
    EXPECT_TRUE(gateways_.all<bus::Result>().empty());
    pass(3s);
    EXPECT_EQ(gateways_.all<bus::Result>().size(), 1U);
    EXPECT_EQ(metrics_.solutions.with({"lost"}).value(), 1U);
}

TEST_F(WorkerTest, WaitsLongerForATemplatesTransactionsAndNotForEver) {
    give_a_block(SolutionOutcome::incomplete_template);
    pass(9s);
    EXPECT_TRUE(gateways_.all<bus::Result>().empty());
    pass(2s);
    EXPECT_EQ(gateways_.all<bus::Result>().size(), 1U);
    EXPECT_EQ(metrics_.solutions.with({"lost"}).value(), 1U);
}

TEST_F(WorkerTest, OneLostTemplateMakesItsPartitionWaitOnce) {
    give_a_block(SolutionOutcome::incomplete_template);
    pass(11s);
    ASSERT_EQ(gateways_.all<bus::Result>().size(), 1U);
    const auto tries = solutions_.submitted.size();
    give(some_batch(2, 1));
    commits_.succeed({false});
    EXPECT_EQ(gateways_.all<bus::Result>().size(), 2U) << "a miner that repeats its share";
    EXPECT_EQ(solutions_.submitted.size(), tries + 1) << "it may be there by now";
    EXPECT_EQ(metrics_.solutions.with({"lost"}).value(), 2U);

    solutions_.at_once = SolutionOutcome::unavailable;
    give(some_batch(3, 1));
    commits_.succeed({false});
    pass(1min);
    EXPECT_EQ(gateways_.all<bus::Result>().size(), 2U) << "who does not answer may have it";
}

TEST_F(WorkerTest, AReplayedBatchSubmitsItsBlocksAgain) {
    give_a_block(SolutionOutcome::stored);
    give(some_batch(1, 1));
    EXPECT_EQ(solutions_.submitted.size(), 2U);
    EXPECT_EQ(solutions_.submitted[0], solutions_.submitted[1]);
}

TEST_F(WorkerTest, ABatchThatComesTwiceIsCommittedOnceAndAnsweredTwice) {
    give(some_batch(1, 1));
    give(some_batch(1, 1));
    EXPECT_EQ(commits_.commits.size(), 1U);
    commits_.succeed({false});
    EXPECT_EQ(gateways_.all<bus::Result>().size(), 2U) << "each copy had cost a credit";
}

TEST_F(WorkerTest, HoldsNoMoreThanItsBound) {
    for (std::uint32_t partition = 0; partition < 6; ++partition) {
        auto batch = some_batch(1, 1);
        batch.partition = bus::Partition{partition};
        give(batch);
    }
    EXPECT_EQ(worker_.held(), 4U);
    EXPECT_EQ(metrics_.dropped.value(), 2U);
}

TEST_F(WorkerTest, RefusesWhatNamesNoPlaceInTheLedger) {
    auto batch = some_batch(1, 1);
    batch.partition = bus::Partition{16};
    give(batch);
    give(some_batch(0, 1));
    EXPECT_EQ(gateways_.all<bus::Refused>().size(), 2U);
    EXPECT_TRUE(commits_.commits.empty());
}

TEST_F(WorkerTest, ADamagedStoredOutcomeIsNeverPassedOn) {
    give(some_batch(1, 1));
    ledger::Committed replay;
    replay.is_replay = true;
    replay.outcome = "\xff\xff\xff";
    commits_.answer(replay);
    EXPECT_TRUE(gateways_.sent.empty());
    EXPECT_EQ(worker_.held(), 1U);
}

}  // namespace
}  // namespace channel_manager
