#include "gateway/custom_job_check.h"
#include "gateway/custom_job_testing.h"
#include "gateway/session_send.h"
#include "gateway/session_testing.h"
#include "mining/judge.h"
#include "sv2/error_codes.h"
#include "sv2/setup_flags.h"

namespace gateway {
namespace {

using Change = Session::TemplateChange;
using namespace sv2::mining_client_flag;

/// A connection whose miner makes its own jobs.
class CustomJobTest : public SessionTest {
  protected:
    explicit CustomJobTest(Session::Limits limits = {})
        : SessionTest(std::move(limits), {.custom_jobs = &check}) {}

    void set_up_for_custom_jobs() { set_up(requires_work_selection); }
    void set_job(std::uint32_t address, const mining::CustomJob& job, std::uint32_t request = 3) {
        effects.clear();
        say_frame(job_frame(address, job, request));
    }
    static base::Bytes job_frame(std::uint32_t address, const mining::CustomJob& job,
                                 std::uint32_t request = 3) {
        std::vector<sv2::U256> path;
        for (const auto& sibling : job.merkle_path) path.push_back(to_wire(sibling));
        return sv2::encode(
            sv2::SetCustomMiningJob{.channel_id = {address},
                                    .request_id = {request},
                                    .mining_job_token = {},
                                    .version = job.version,
                                    .prev_hash = to_wire(job.prev_hash.value),
                                    .min_ntime = job.min_ntime,
                                    .nbits = job.nbits,
                                    .coinbase_tx_version = job.coinbase_tx_version,
                                    .coinbase_prefix = job.coinbase_prefix,
                                    .coinbase_tx_input_n_sequence = job.coinbase_tx_input_sequence,
                                    .coinbase_tx_outputs = job.coinbase_tx_outputs,
                                    .coinbase_tx_locktime = job.coinbase_tx_locktime,
                                    .merkle_path = path});
    }
    std::string error() { return std::string{only<sv2::SetCustomMiningJobError>().error_code}; }

    static inline const LocalCustomJobs check{};
};

TEST_F(CustomJobTest, C187_AnAcceptedJobIsUsableAtOnceAndTravelsWithItsShares) {
    set_up_for_custom_jobs();
    const auto open = open_extended();
    EXPECT_EQ(heard_names(), std::vector<std::string>{"OpenExtendedMiningChannel.Success"})
        << "no job of the pool's own";
    const auto custom = some_custom_job();
    set_job(open.channel_id, custom, 77);
    EXPECT_EQ(heard_names(), std::vector<std::string>{"SetCustomMiningJob.Success"})
        << "it is not echoed";
    EXPECT_EQ(effects.custom_jobs_accepted, 1U);
    const auto success = only<sv2::SetCustomMiningJobSuccess>();
    EXPECT_EQ(success.request_id, sv2::RequestId{77});
    EXPECT_EQ(success.channel_id.value, open.channel_id);
    submit_extended(open.channel_id, success.job_id);
    ASSERT_EQ(effects.shares.size(), 1U);
    const auto& share = effects.shares[0];
    EXPECT_EQ(share.share.state, mining::JobState::active);
    ASSERT_NE(share.custom_job, nullptr);
    EXPECT_EQ(*share.custom_job, custom);
    EXPECT_EQ(share.job.custom_job, mining::custom_job_id(custom));
    EXPECT_EQ(share.job.template_ref, mining::TemplateRef{}) << "nobody has its transactions";
    EXPECT_TRUE(share.job.version_rolling_allowed);
    EXPECT_EQ(*share.outputs, mining::some_outputs());
    EXPECT_EQ(share.job.outputs_id, mining::outputs_id(mining::some_outputs()));
    const auto coinbase = mining::derive_job_coinbase(custom, share.job.full_extranonce_size());
    EXPECT_TRUE(mining::judge(share.share, share.job, mining::template_of(custom), *coinbase)
                    .verdict.has_value());
}

TEST_F(CustomJobTest, C145_C146_ANewerJobMakesItPastAndANewTipStale) {
    set_up_for_custom_jobs();
    const auto open = open_extended();
    set_job(open.channel_id, some_custom_job());
    const auto first = only<sv2::SetCustomMiningJobSuccess>().job_id;
    auto custom = some_custom_job();
    ++custom.coinbase_tx_input_sequence;
    set_job(open.channel_id, custom);
    const auto second = only<sv2::SetCustomMiningJobSuccess>().job_id;
    EXPECT_NE(first, second);
    next_template(Change::refresh);
    EXPECT_TRUE(effects.frames.empty());
    submit_extended(open.channel_id, first);
    EXPECT_EQ(effects.shares.at(0).share.state, mining::JobState::past);
    submit_extended(open.channel_id, second);
    EXPECT_EQ(effects.shares.at(0).share.state, mining::JobState::active);
    next_template(Change::new_tip);
    EXPECT_TRUE(effects.frames.empty()) << "the miner knows the tip and sets the next job";
    submit_extended(open.channel_id, second);
    EXPECT_EQ(effects.shares.at(0).share.state, mining::JobState::stale);
    set_job(open.channel_id, custom);
    EXPECT_EQ(error(), "stale-chain-tip");
}

TEST_F(CustomJobTest, AJobWithTheTransactionsOfATemplateSaysWhose) {
    set_up_for_custom_jobs();
    const auto open = open_extended();
    auto custom = some_custom_job();
    custom.merkle_path = block_template.merkle_path;
    set_job(open.channel_id, custom);
    submit_extended(open.channel_id, only<sv2::SetCustomMiningJobSuccess>().job_id);
    EXPECT_EQ(effects.shares.at(0).job.template_ref, mining::TemplateRef{})
        << "without the commitment to their witnesses it is no block";
    auto outputs = *mining::outputs_of(custom);
    outputs.push_back({0, bitcoin::witness_commitment_script({})});
    custom.coinbase_tx_outputs = counted_outputs(outputs);
    set_job(open.channel_id, custom);
    submit_extended(open.channel_id, only<sv2::SetCustomMiningJobSuccess>().job_id);
    EXPECT_EQ(effects.shares.at(0).job.template_ref, block_template.ref);
}

TEST_F(CustomJobTest, C121_AGroupsJobIsHeldByEachExtendedMemberAndNobodyElse) {
    set_up_for_custom_jobs();
    const auto first = open_extended(8);
    const auto second = open_extended(8);
    const auto group = only<sv2::OpenExtendedMiningChannelSuccess>().group_channel_id;
    const auto other = open_extended(4);
    set_job(group.value, some_custom_job());
    const auto success = only<sv2::SetCustomMiningJobSuccess>();
    EXPECT_EQ(success.channel_id, group);
    for (const auto& member : {first, second}) {
        submit_extended(member.channel_id, success.job_id);
        EXPECT_EQ(effects.shares.at(0).job.extranonce_prefix,
                  mining::Extranonce::from(member.key.to_bytes()).value());
    }
    submit_extended(other.channel_id, success.job_id, 4);
    EXPECT_EQ(refusal(), "invalid-job-id");
    const auto late = open_extended(8);
    submit_extended(late.channel_id, success.job_id);
    EXPECT_EQ(refusal(), "invalid-job-id") << "it joined after the job";
}

TEST_F(CustomJobTest, C121_AStandardChannelNeverHoldsACustomJob) {
    // Not even on a connection that could have both kinds, were the flag not about all of it.
    set_up_for_custom_jobs();
    say(sv2::OpenStandardMiningChannel{.request_id = {5}, .user_identity = "alice"});
    EXPECT_EQ(only<sv2::OpenMiningChannelError>().error_code,
              "standard-channels-not-supported-for-custom-work");
    EXPECT_TRUE(effects.events.empty());
}

TEST_F(CustomJobTest, C185_WithoutTheFlagThereAreNone) {
    set_up();
    const auto open = open_extended();
    EXPECT_EQ(heard_names().size(), 3U) << "the pool's own job";
    set_job(open.channel_id, some_custom_job());
    EXPECT_EQ(error(), "jd-not-supported");
    EXPECT_EQ(effects.custom_jobs_refused, std::vector<std::string>{"jd-not-supported"});
}

TEST_F(CustomJobTest, C189_ARefusedJobHasItsCodeAndChangesNothing) {
    set_up_for_custom_jobs();
    const auto open = open_extended();
    set_job(open.channel_id, some_custom_job());
    const auto good = only<sv2::SetCustomMiningJobSuccess>().job_id;
    auto unpaid = some_custom_job();
    unpaid.coinbase_tx_outputs =
        counted_outputs({{5'000'000'000, mining::bytes_of_hex("0014aabb")}});
    set_job(open.channel_id, unpaid, 9);
    const auto refused = only<sv2::SetCustomMiningJobError>();
    EXPECT_EQ(refused.error_code, "invalid-coinbase-tx-outputs");
    EXPECT_EQ(refused.request_id, sv2::RequestId{9});
    submit_extended(open.channel_id, good);
    EXPECT_EQ(effects.shares.at(0).share.state, mining::JobState::active);
    submit_extended(open.channel_id, {good.value + 1});
    EXPECT_EQ(refusal(), "invalid-job-id");
    set_job(99, some_custom_job());
    EXPECT_EQ(error(), "invalid-channel-id");
}

TEST_F(CustomJobTest, ATargetIsCarriedByTheNextJobThatTheMinerSets) {
    const auto target_of = [](std::uint64_t difficulty) {
        return bitcoin::target_of({difficulty << 32});
    };
    set_up_for_custom_jobs();
    const auto open = ask_extended(8);
    grant(open, target_of(1));
    set_job(open.channel_id, some_custom_job());
    const auto first = only<sv2::SetCustomMiningJobSuccess>().job_id;
    effects.clear();
    session.on_proposal(open.key, target_of(2), effects);
    EXPECT_EQ(heard_names(), std::vector<std::string>{"SetTarget"});
    effects.clear();
    session.on_proposal(open.key, target_of(3), effects);
    EXPECT_TRUE(effects.frames.empty()) << "the one before is not carried yet";
    submit_extended(open.channel_id, first);
    EXPECT_EQ(effects.shares.at(0).job.target, target_of(1));
    set_job(open.channel_id, some_custom_job());
    EXPECT_EQ(heard_names(), (std::vector<std::string>{"SetCustomMiningJob.Success", "SetTarget"}));
    const auto second = only<sv2::SetCustomMiningJobSuccess>().job_id;
    submit_extended(open.channel_id, second);
    EXPECT_EQ(effects.shares.at(0).job.target, target_of(2));
    set_job(open.channel_id, some_custom_job());
    submit_extended(open.channel_id, only<sv2::SetCustomMiningJobSuccess>().job_id);
    EXPECT_EQ(effects.shares.at(0).job.target, target_of(3));
}

TEST_F(CustomJobTest, C189_AJobIsRefusedWhoseCoinbaseHasNoRoomForTheWholeExtranonce) {
    set_up_for_custom_jobs();
    const auto open = open_extended(8);
    auto custom = some_custom_job();
    custom.coinbase_prefix.resize(bitcoin::coinbase_script_size_max - 16);
    set_job(open.channel_id, custom);
    EXPECT_EQ(heard_names(), std::vector<std::string>{"SetCustomMiningJob.Success"});
    custom.coinbase_prefix.push_back({});
    set_job(open.channel_id, custom);
    EXPECT_EQ(error(), "invalid-coinbase-prefix");
}

TEST_F(CustomJobTest, C189_BeforeTheFirstTemplateNoTipIsKnown) {
    WorkBook none;
    Session early{"p", keys, none, {}, {.custom_jobs = &check}};
    const auto tell = [&](base::Bytes frame) {
        kept.push_back(std::move(frame));
        const base::ByteView view{kept.back()};
        effects.clear();
        early.on_frame(sv2::decode_header(view.first<sv2::frame_header_size>()),
                       view.subspan(sv2::frame_header_size), received_at, effects);
    };
    tell(sv2::encode(sv2::SetupConnection{.protocol = sv2::Protocol::mining,
                                          .min_version = 2,
                                          .max_version = 2,
                                          .flags = requires_work_selection}));
    tell(sv2::encode(sv2::OpenExtendedMiningChannel{
        .user_identity = "u", .max_target = any_target, .min_extranonce_size = 8}));
    const auto open = std::get<bus::ChannelOpen>(effects.events.at(0));
    early.on_open_outcome({.key = open.key,
                           .error_code = "",
                           .target = bitcoin::target_max(),
                           .outputs = mining::some_outputs()},
                          effects);
    tell(job_frame(open.channel_id, some_custom_job()));
    EXPECT_EQ(error(), "stale-chain-tip");
}

TEST_F(CustomJobTest, WhatItsJobsTakeIsPartOfASessionsMemory) {
    set_up_for_custom_jobs();
    const auto open = open_extended();
    const auto before = session.memory();
    const auto custom = some_custom_job();
    set_job(open.channel_id, custom);
    EXPECT_GE(session.memory(), before + sizeof(SentJob) + sizeof(CustomWork) +
                                    custom.coinbase_prefix.size() +
                                    custom.coinbase_tx_outputs.size());
}

/// The first job fits to the byte, or is one byte too large.
class OneCustomJobTest : public CustomJobTest, public testing::WithParamInterface<std::size_t> {
  protected:
    OneCustomJobTest()
        : CustomJobTest({.custom_job_bytes_max = job_frame(1, some_custom_job()).size() -
                                                 sv2::frame_header_size - GetParam()}) {}
};

TEST_P(OneCustomJobTest, HasTheBytesThatItMayTake) {
    set_up_for_custom_jobs();
    set_job(open_extended().channel_id, some_custom_job());
    EXPECT_EQ(effects.close.has_value(), GetParam() != 0);
}
INSTANTIATE_TEST_SUITE_P(Short, OneCustomJobTest, testing::Values(0U, 1U));

class FewCustomJobsTest : public CustomJobTest {
  protected:
    FewCustomJobsTest() : CustomJobTest({.custom_job_bytes_max = 8 * 1024}) {}
};

TEST_F(FewCustomJobsTest, MoreJobsThanAConnectionMayCostEndIt) {
    set_up_for_custom_jobs();
    const auto open = open_extended();
    int accepted = 0;
    while (!effects.close && accepted < 100) {
        set_job(open.channel_id, some_custom_job());
        if (!effects.close) ++accepted;
    }
    EXPECT_EQ(effects.close, "too-many-custom-jobs");
    EXPECT_GT(accepted, 10);
    EXPECT_LT(accepted, 40);
}

TEST(CustomJobFlags, C085_WorkSelectionNeedsAPoolThatHasItAndChannelsThatMayBeExtended) {
    const LocalCustomJobs check;
    const MiningPolicy with{.custom_jobs = &check};
    const auto error_of = [](std::uint32_t flags, const MiningPolicy& policy) {
        const auto answer = answer_setup(
            {.protocol = sv2::Protocol::mining, .min_version = 2, .max_version = 2, .flags = flags},
            policy);
        return answer ? SetupRefusal{} : answer.error();
    };
    EXPECT_EQ(error_of(requires_work_selection, with).error_code, "");
    EXPECT_EQ(error_of(requires_work_selection | requires_version_rolling, with).error_code, "");
    const auto conflict = error_of(requires_work_selection | requires_standard_jobs, with);
    EXPECT_EQ(conflict.error_code, sv2::error_code::conflicting_feature_flags);
    EXPECT_EQ(conflict.flags, 0U) << "both are supported, just not together";
    const auto probe = error_of(0xffffffff, with);
    EXPECT_EQ(probe.error_code, sv2::error_code::unsupported_feature_flags);
    EXPECT_EQ(probe.flags, 0xfffffff8U) << "that those exclude each other does not count here";
    const auto without = error_of(requires_work_selection | requires_standard_jobs, {});
    EXPECT_EQ(without.error_code, sv2::error_code::unsupported_feature_flags);
    EXPECT_EQ(without.flags, requires_work_selection);
}

TEST_F(CustomJobTest, WhomItPaysIsWhatTheChannelWasToldLast) {
    set_up_for_custom_jobs();
    const auto open = open_extended();
    const mining::PayoutOutputs changed{.outputs = {{mining::bytes_of_hex("5120aa"), 10'000}},
                                        .pool_tag = {}};
    session.on_outputs_change({open.key, changed}, effects);
    set_job(open.channel_id, some_custom_job());
    EXPECT_EQ(error(), "invalid-coinbase-tx-outputs") << "it pays those of before";
    auto custom = some_custom_job();
    custom.coinbase_tx_outputs = counted_outputs({{5'000'000'001, changed.outputs[0].script}});
    set_job(open.channel_id, custom);
    submit_extended(open.channel_id, only<sv2::SetCustomMiningJobSuccess>().job_id);
    EXPECT_EQ(*effects.shares.at(0).outputs, changed);
    EXPECT_EQ(effects.shares.at(0).job.outputs_id, mining::outputs_id(changed));
}

TEST_F(CustomJobTest, C160_AJobThatCarriesATargetMakesRoomForTheNextOne) {
    set_up_for_custom_jobs();
    const auto open = open_extended();
    const auto propose = [&](std::uint64_t difficulty) {
        effects.clear();
        session.on_proposal(open.key, bitcoin::target_of({difficulty << 32}), effects);
    };
    propose(2);
    EXPECT_EQ(heard_names(), std::vector<std::string>{"SetTarget"});
    propose(3);
    EXPECT_TRUE(effects.frames.empty()) << "no job carries the first one yet";
    set_job(open.channel_id, some_custom_job());
    set_job(open.channel_id, some_custom_job());
    propose(4);
    EXPECT_EQ(heard_names(), std::vector<std::string>{"SetTarget"});
}

}  // namespace
}  // namespace gateway
