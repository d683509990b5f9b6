#include "channel-manager/judgement.h"

#include <gtest/gtest.h>

#include "channel-manager/batch_testing.h"
#include "mining/judge.h"

namespace channel_manager {
namespace {

class JudgementTest : public testing::Test {
  protected:
    JudgementTest() { templates_.add(mining::some_template()); }
    Judgement judge_it(const bus::Batch& batch) {
        return judge(batch, templates_, some_policy(), cache_);
    }

    FakeTemplates templates_{};
    mining::JobCache cache_{16};
};

TEST_F(JudgementTest, JudgesEachShareAsTheLibraryDoes) {
    auto batch = some_batch(1, 3);
    batch.shares[1].submitted.state = mining::JobState::stale;
    batch.shares[2].submitted.extranonce = {};
    const auto judgement = judge_it(batch);
    ASSERT_EQ(judgement.result.verdicts.size(), 3U);
    EXPECT_EQ(judgement.result.sequence, 1U);
    EXPECT_EQ(judgement.result.epoch, batch.epoch);
    EXPECT_EQ(judgement.result.partition, batch.partition);
    for (std::size_t i = 0; i < 3; ++i) {
        const auto judged = mining::judge(batch.shares[i].submitted, batch.jobs[0].record,
                                          mining::some_template(), mining::some_outputs());
        const auto& verdict = judgement.result.verdicts[i];
        EXPECT_EQ(!verdict.error, judged.verdict.has_value());
        if (judged.verdict)
            EXPECT_EQ(verdict.difficulty, *judged.verdict);
        else
            EXPECT_EQ(verdict.error, judged.verdict.error());
    }
    EXPECT_TRUE(judgement.hashes[0].has_value());
    EXPECT_TRUE(judgement.hashes[1].has_value()) << "a stale share has a hash";
    EXPECT_FALSE(judgement.hashes[2].has_value()) << "there is nothing to hash";
    EXPECT_EQ(judgement.tips[0], mining::some_template().tip.prev_hash);
}

/// The jobs of a batch, but made by the miner.
bus::Batch some_custom_batch(std::uint32_t nbits) {
    auto batch = some_batch(1, 3);
    const auto of = mining::some_template();
    const mining::CustomJob job{
        .version = of.version,
        .prev_hash = of.tip.prev_hash,
        .min_ntime = of.tip.min_ntime,
        .nbits = nbits,
        .coinbase_tx_version = 2,
        .coinbase_prefix = of.coinbase_prefix,
        .coinbase_tx_input_sequence = 0xffffffff,
        .coinbase_tx_outputs = mining::bytes_of_hex("0100f2052a0100000001ac"),
        .coinbase_tx_locktime = 0,
        .merkle_path = {of.merkle_path[1]},
    };
    batch.custom_jobs = {job};
    batch.jobs[0].record.custom_job = mining::custom_job_id(job);
    batch.jobs[0].record.template_ref = {};
    return batch;
}

TEST_F(JudgementTest, ACustomJobIsJudgedByTheBatchAlone) {
    templates_.clear();
    const auto batch = some_custom_batch(0x1b00d7c0);
    EXPECT_TRUE(missing_templates(batch, templates_).empty());
    const auto judgement = judge_it(batch);
    EXPECT_EQ(judgement.unjudged, 0U);
    const auto& job = batch.custom_jobs[0];
    const auto& record = batch.jobs[0].record;
    const auto coinbase = *mining::derive_job_coinbase(job, record.full_extranonce_size());
    for (std::size_t i = 0; i < 3; ++i) {
        const auto judged =
            mining::judge(batch.shares[i].submitted, record, mining::template_of(job), coinbase);
        EXPECT_EQ(judgement.hashes[i], judged.hash);
        EXPECT_EQ(judgement.result.verdicts[i].difficulty, *judged.verdict);
        EXPECT_EQ(judgement.tips[i], job.prev_hash);
    }
    EXPECT_TRUE(judgement.templates.empty()) << "the log has the job in the batch";
}

TEST_F(JudgementTest, ABlockOfACustomJobNamesTheTemplateThatHasItsTransactionsIfThereIsOne) {
    auto batch = some_custom_batch(0x207fffff);  // half of all hashes are blocks
    batch.shares.resize(1);
    while (judge_it(batch).blocks.empty()) ++batch.shares[0].submitted.nonce;
    EXPECT_EQ(judge_it(batch).blocks.at(0).solution.template_ref, mining::TemplateRef{});
    batch.jobs[0].record.template_ref = mining::some_template().ref;
    const auto blocks = judge_it(batch).blocks;
    EXPECT_EQ(blocks.at(0).solution.template_ref, mining::some_template().ref);
    EXPECT_EQ(bitcoin::header_hash(blocks[0].solution.header), blocks[0].hash);
}

TEST_F(JudgementTest, FindsABlockWhateverTheVerdictAndOnce) {
    auto block_template = mining::some_template();
    block_template.tip.network_target = bitcoin::target_max();
    templates_.add(block_template);
    auto batch = some_batch(1, 1);
    for (const auto state : {mining::JobState::stale, mining::JobState::closed})
        batch.shares.push_back({0, batch.shares[0].submitted, ""}),
            batch.shares.back().submitted.state = state;
    batch.shares.push_back(some_batch(2, 1).shares[0]);
    const auto judgement = judge_it(batch);
    for (const auto& verdict : judgement.result.verdicts) EXPECT_TRUE(verdict.solves_block);
    ASSERT_EQ(judgement.blocks.size(), 2U) << "the same header three times is one block";
    const auto& block = judgement.blocks[0];
    EXPECT_EQ(block.hash, judgement.hashes[0]);
    EXPECT_EQ(bitcoin::header_hash(block.solution.header), block.hash);
    EXPECT_EQ(block.solution.template_ref, block_template.ref);
    EXPECT_EQ(block.channel, batch.channels[0].key);
}

TEST_F(JudgementTest, AShareWithoutItsTemplateIsStaleAndCounted) {
    auto batch = some_batch(1, 2);
    auto other = batch.jobs[0];
    other.record.template_ref.value += 1;
    batch.jobs.push_back(other);
    batch.shares[1].job = 1;
    EXPECT_EQ(missing_templates(batch, templates_),
              (std::vector<mining::TemplateRef>{other.record.template_ref}));
    const auto judgement = judge_it(batch);
    EXPECT_EQ(judgement.unjudged, 1U);
    EXPECT_FALSE(judgement.result.verdicts[0].error.has_value());
    EXPECT_EQ(judgement.result.verdicts[1].error, mining::ShareError::stale_share);
    EXPECT_FALSE(judgement.hashes[1].has_value());
}

TEST_F(JudgementTest, AJobThatNoShareNamesNeedsNoTemplate) {
    auto batch = some_batch(1, 1);
    auto other = batch.jobs[0];
    other.record.template_ref.value += 1;
    batch.jobs.push_back(other);
    EXPECT_TRUE(missing_templates(batch, templates_).empty());
}

TEST_F(JudgementTest, AJobWhoseOutputsAreNotInTheBatchHasInvalidShares) {
    auto batch = some_batch(1, 1);
    batch.outputs.clear();
    EXPECT_EQ(judge_it(batch).result.verdicts[0].error, mining::ShareError::invalid_share);
}

TEST_F(JudgementTest, DecidesEachOpenInItsOrder) {
    auto batch = some_batch(1, 0);
    auto refused = some_open();
    refused.user_identity = "";
    batch.events = {{0, some_open()}, {0, bus::ChannelClose{some_open().key, "x"}}, {0, refused}};
    const auto judgement = judge_it(batch);
    ASSERT_EQ(judgement.result.opens.size(), 2U);
    EXPECT_EQ(judgement.result.opens[0].error_code, "");
    EXPECT_EQ(judgement.result.opens[1].error_code, "invalid-user-identity");
}

TEST_F(JudgementTest, TheSameBatchAlwaysHasTheSameJudgement) {
    auto batch = some_batch(1, 40);
    batch.events = {{7, some_open()}};
    const auto first = judge_it(batch);
    mining::JobCache cold{1};
    const auto second = judge(batch, templates_, some_policy(), cold);
    EXPECT_EQ(first.result, second.result);
    EXPECT_EQ(first.hashes, second.hashes);
}

}  // namespace
}  // namespace channel_manager
