#include <utility>

#include "bitcoin/header.h"
#include "bitcoin/merkle.h"
#include "bitcoin/sha256.h"
#include "gateway/session_testing.h"
#include "mining/judge.h"

namespace gateway {
namespace {

using Change = Session::TemplateChange;

TEST_F(SessionTest, WhatAStandardMinerHashesIsWhatAWorkerJudges) {
    set_up();
    const auto open = open_standard();
    const auto job = only<sv2::NewMiningJob>();
    const auto prev_hash = only<sv2::SetNewPrevHash>();
    bitcoin::Header header{.version = job.version,
                           .prev_hash = {bitcoin::Uint256::from_bytes(prev_hash.prev_hash)},
                           .merkle_root = bitcoin::Uint256::from_bytes(job.merkle_root),
                           .ntime = prev_hash.min_ntime,
                           .nbits = prev_hash.nbits,
                           .nonce = 7};
    submit_standard(open.channel_id, job.job_id);
    ASSERT_EQ(effects.shares.size(), 1U);
    const auto& forwarded = effects.shares[0];
    const auto judged =
        mining::judge(forwarded.share, forwarded.job, block_template, *forwarded.outputs);
    EXPECT_EQ(judged.hash, bitcoin::header_hash(header));
    EXPECT_TRUE(judged.verdict.has_value());
    EXPECT_EQ(forwarded.share.received_at, received_at);
}

TEST_F(SessionTest, C134_C149_WhatAnExtendedMinerHashesIsWhatAWorkerJudges) {
    set_up();
    const auto open = open_extended();
    const auto job = only<sv2::NewExtendedMiningJob>();
    base::Bytes coinbase = base::to_bytes(job.coinbase_tx_prefix);
    EXPECT_EQ(coinbase.at(4), std::byte{1}) << "the count of inputs, no marker of a witness";
    base::append(coinbase, only<sv2::OpenExtendedMiningChannelSuccess>().extranonce_prefix);
    coinbase.insert(coinbase.end(), 8, std::byte{0x5a});
    base::append(coinbase, job.coinbase_tx_suffix);
    std::vector<bitcoin::Uint256> path;
    for (const auto& node : job.merkle_path) path.push_back(bitcoin::Uint256::from_bytes(node));
    const auto prev_hash = only<sv2::SetNewPrevHash>();
    const bitcoin::Header header{
        .version = job.version,
        .prev_hash = {bitcoin::Uint256::from_bytes(prev_hash.prev_hash)},
        .merkle_root = bitcoin::fold_merkle_path(bitcoin::sha256d(coinbase), path),
        .ntime = prev_hash.min_ntime,
        .nbits = prev_hash.nbits,
        .nonce = 7};
    submit_extended(open.channel_id, job.job_id);
    ASSERT_EQ(effects.shares.size(), 1U);
    const auto& forwarded = effects.shares[0];
    const auto judged =
        mining::judge(forwarded.share, forwarded.job, block_template, *forwarded.outputs);
    EXPECT_EQ(judged.hash, bitcoin::header_hash(header));
}

TEST_F(SessionTest, C145_SharesOfAnEarlierTipAreStaleHoweverFarBackItIs) {
    set_up();
    const auto open = open_standard();
    const auto job = only<sv2::NewMiningJob>().job_id;
    for (int tip = 0; tip < 2; ++tip) {
        next_template(Change::new_tip);
        submit_standard(open.channel_id, job);
        ASSERT_EQ(effects.shares.size(), 1U) << "a worker looks whether it is a block";
        EXPECT_EQ(effects.shares[0].share.state, mining::JobState::stale);
    }
    for (int tip = 0; tip < 10; ++tip) {
        next_template(Change::new_tip);
        submit_standard(open.channel_id, job);
        EXPECT_EQ(refusal(), "stale-share") << "forgotten, but known to have been";
    }
}

TEST_F(SessionTest, C181_C182_SharesThatNameNothingAreRefusedHere) {
    set_up();
    const auto standard = open_standard();
    const auto job = only<sv2::NewMiningJob>().job_id;
    for (const std::uint32_t channel : {99U, 0U}) {
        submit_standard(channel, job);
        EXPECT_EQ(refusal(), "invalid-channel-id") << channel;
    }
    submit_extended(standard.channel_id, job);
    EXPECT_EQ(refusal(), "invalid-channel-id") << "the submit does not match the kind";
    submit_standard(standard.channel_id, {12345});
    EXPECT_EQ(refusal(), "invalid-job-id");
    EXPECT_EQ(effects.refused, std::vector{mining::ShareError::invalid_job_id});
}

TEST_F(SessionTest, C127_C131_AClosedChannelIsSilentButItsShareMayBeABlock) {
    set_up();
    const auto open = open_standard();
    const auto job = only<sv2::NewMiningJob>().job_id;
    say(sv2::CloseChannel{.channel_id = {open.channel_id}, .reason_code = "bye"});
    EXPECT_EQ(std::get<bus::ChannelClose>(effects.events.at(0)).key, open.key);
    submit_standard(open.channel_id, {12345});
    EXPECT_TRUE(effects.shares.empty() && effects.frames.empty()) << "nor does it miss a job";
    submit_standard(open.channel_id, job);
    EXPECT_TRUE(effects.frames.empty());
    ASSERT_EQ(effects.shares.size(), 1U);
    EXPECT_EQ(effects.shares[0].share.state, mining::JobState::closed);
    effects.clear();
    session.on_verdict(open.key, 1, {}, effects);
    session.on_verdicts_end({}, effects);
    EXPECT_TRUE(effects.frames.empty());
    next_template(Change::new_tip);
    EXPECT_TRUE(effects.frames.empty());
    next_template(Change::new_tip);
    submit_standard(open.channel_id, job);
    EXPECT_TRUE(effects.shares.empty() && effects.frames.empty()) << "forgotten, and still silent";
}

TEST_F(SessionTest, C127_TheLastChannelThatWasOpenedIsSilentLongAfterItToo) {
    set_up();
    open_standard();
    const auto last = open_standard();  // in a group that is there: no later id was given
    say(sv2::CloseChannel{.channel_id = {last.channel_id}, .reason_code = "bye"});
    for (int tip = 0; tip < 2; ++tip) next_template(Change::new_tip);
    submit_standard(last.channel_id, {1});
    EXPECT_TRUE(effects.shares.empty() && effects.frames.empty());
    submit_standard(last.channel_id + 1, {1});
    EXPECT_EQ(refusal(), "invalid-channel-id") << "never opened";
}

class TwoChannelsTest : public SessionTest {
  protected:
    TwoChannelsTest() : SessionTest({.channels_max = 2}) {}
};

TEST_F(TwoChannelsTest, WhoOpensAndClosesWithoutEndMakesUsForgetTheOldest) {
    set_up();
    std::vector<std::pair<std::uint32_t, sv2::JobId>> closed;
    for (int i = 0; i < 5; ++i) {
        const auto open = open_standard();
        closed.emplace_back(open.channel_id, only<sv2::NewMiningJob>().job_id);
        say(sv2::CloseChannel{.channel_id = {open.channel_id}, .reason_code = "bye"});
    }
    for (std::size_t i = 0; i < closed.size(); ++i) {
        submit_standard(closed[i].first, closed[i].second);
        EXPECT_EQ(effects.shares.size(), i < 2 ? 0U : 1U) << i;
        EXPECT_TRUE(effects.frames.empty());
    }
}

TEST_F(SessionTest, AVerdictThatNobodyWaitsForLeavesNothingUnanswered) {
    set_up();
    const auto open = open_standard();
    session.on_verdict(open.key, 1, {}, effects);
    EXPECT_FALSE(session.has_unanswered());
}

TEST_F(SessionTest, C174_C176_C177_RejectedSharesAreAnsweredEachAndAcceptedOnesTogether) {
    set_up();
    const auto open = open_standard();
    const bitcoin::Difficulty three_halves{(3ULL << 32) / 2};
    effects.clear();
    for (std::uint32_t sequence = 0; sequence < 10; ++sequence) {
        bus::Verdict verdict{.error = {}, .difficulty = three_halves, .solves_block = false};
        if (sequence == 4) verdict = {.error = mining::ShareError::difficulty_too_low};
        session.on_verdict(open.key, sequence, verdict, effects);
    }
    EXPECT_EQ(heard_names(), std::vector<std::string>{"SubmitShares.Error"});
    EXPECT_EQ(only<sv2::SubmitSharesError>().sequence_number, 4U);
    effects.clear();
    session.on_verdicts_end({}, effects);
    const auto success = only<sv2::SubmitSharesSuccess>();
    EXPECT_EQ(success.last_sequence_number, 9U);
    EXPECT_EQ(success.new_submits_accepted_count, 9U);
    EXPECT_EQ(success.new_shares_sum, 13U) << "13.5, of which a half is carried";
    effects.clear();
    session.on_verdict(open.key, 10, {.error = {}, .difficulty = three_halves}, effects);
    session.on_verdicts_end({}, effects);
    EXPECT_EQ(only<sv2::SubmitSharesSuccess>().new_shares_sum, 2U);
    effects.clear();
    session.on_verdicts_end({}, effects);
    EXPECT_TRUE(effects.frames.empty());
}

TEST_F(SessionTest, C179_SequenceNumbersAreTheMinersAffair) {
    set_up();
    const auto open = open_standard();
    const auto job = only<sv2::NewMiningJob>().job_id;
    for (const std::uint32_t sequence : {7U, 3U, 3U, 0xffffffffU, 0U}) {
        submit_standard(open.channel_id, job, sequence);
        ASSERT_EQ(effects.shares.size(), 1U) << sequence;
        EXPECT_TRUE(effects.frames.empty());
        effects.clear();
        session.on_verdict(open.key, sequence, {.error = {}, .difficulty = {1ULL << 32}}, effects);
        session.on_verdicts_end({}, effects);
        EXPECT_EQ(only<sv2::SubmitSharesSuccess>().last_sequence_number, sequence);
    }
}

TEST_F(SessionTest, C178_ABatchSumsWhatEachShareWasCreditedAcrossTargets) {
    set_up();
    const auto open = open_standard();
    effects.clear();
    for (std::uint32_t sequence = 1; sequence <= 10; ++sequence) {
        const std::uint64_t whole = sequence <= 3 ? 5 : 16;
        session.on_verdict(open.key, sequence, {.error = {}, .difficulty = {whole << 32}}, effects);
    }
    session.on_verdicts_end({}, effects);
    const auto success = only<sv2::SubmitSharesSuccess>();
    EXPECT_EQ(success.new_submits_accepted_count, 10U);
    EXPECT_EQ(success.new_shares_sum, 3U * 5U + 7U * 16U);
}

}  // namespace
}  // namespace gateway
