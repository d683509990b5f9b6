#include <map>
#include <set>

#include "gateway/session_send.h"
#include "gateway/session_testing.h"
#include "sv2/setup_flags.h"

namespace gateway {
namespace {

using Change = Session::TemplateChange;

TEST_F(SessionTest, C137_AStandardChannelStartsWithAFutureJobAndTheSetNewPrevHashThatActivatesIt) {
    set_up();
    const auto open = ask_standard(77);
    EXPECT_TRUE(effects.frames.empty()) << "the answer waits for the worker";
    grant(open, bitcoin::target_of({1ULL << 32}));
    EXPECT_EQ(heard_names(), (std::vector<std::string>{"OpenStandardMiningChannel.Success",
                                                       "NewMiningJob", "SetNewPrevHash"}));
    const auto success = only<sv2::OpenStandardMiningChannelSuccess>();
    EXPECT_EQ(success.request_id, sv2::RequestId{77});
    EXPECT_EQ(success.channel_id.value, open.channel_id);
    EXPECT_NE(success.group_channel_id, success.channel_id);
    EXPECT_TRUE(std::ranges::equal(success.extranonce_prefix, open.key.to_bytes()));
    const auto job = only<sv2::NewMiningJob>();
    EXPECT_EQ(job.min_ntime, std::nullopt);
    const auto prev_hash = only<sv2::SetNewPrevHash>();
    EXPECT_EQ(prev_hash.job_id, job.job_id);
    EXPECT_EQ(prev_hash.channel_id, success.channel_id);
    EXPECT_EQ(prev_hash.min_ntime, block_template.tip.min_ntime);
    EXPECT_EQ(prev_hash.nbits, block_template.tip.nbits);
}

TEST_F(SessionTest, C120_AGroupHearsOfATemplateOnceAndANewcomerAlone) {
    set_up();
    const auto first = open_extended();
    const auto second = open_extended();
    const auto group = only<sv2::OpenExtendedMiningChannelSuccess>().group_channel_id;
    const auto own = only<sv2::NewExtendedMiningJob>();
    EXPECT_EQ(own.channel_id.value, second.channel_id);
    next_template(Change::new_tip);
    EXPECT_EQ(heard_names(), (std::vector<std::string>{"NewExtendedMiningJob", "SetNewPrevHash"}));
    const auto job = only<sv2::NewExtendedMiningJob>();
    EXPECT_EQ(job.channel_id, group);
    EXPECT_EQ(only<sv2::SetNewPrevHash>().channel_id, group);
    for (const auto& member : {first, second}) {
        submit_extended(member.channel_id, job.job_id);
        EXPECT_EQ(effects.shares.size(), 1U);
    }
    const auto newcomer = open_extended();
    EXPECT_EQ(only<sv2::SetNewPrevHash>().channel_id.value, newcomer.channel_id)
        << "to the group it would invalidate the jobs of the others";
    submit_extended(newcomer.channel_id, job.job_id);
    EXPECT_EQ(refusal(), "invalid-job-id") << "a member opened later does not hold the job";
}

TEST_F(SessionTest, C115_ChannelsOfDifferentExtranonceSizesAreInDifferentGroups) {
    set_up();
    open_extended(4);
    const auto first = only<sv2::OpenExtendedMiningChannelSuccess>().group_channel_id;
    open_extended(8);
    EXPECT_NE(only<sv2::OpenExtendedMiningChannelSuccess>().group_channel_id, first);
}

/// The outputs of a solo miner whose script is this one.
mining::PayoutOutputs paid_to(const char* script) {
    auto outputs = mining::some_outputs();
    outputs.outputs.at(0).script = mining::bytes_of_hex(script);
    return outputs;
}
bool has(base::ByteView bytes, base::ByteView part) {
    return !std::ranges::search(bytes, part).empty();
}

TEST_F(SessionTest, C115_EachIdentityOfASoloConnectionHasAGroupAndACoinbaseOfItsOwn) {
    set_up();
    const mining::PayoutOutputs outputs[] = {
        paid_to("00141111111111111111111111111111111111111111"),
        paid_to("00142222222222222222222222222222222222222222")};
    const std::size_t payees[] = {0, 1, 0, 1};
    std::vector<bus::ChannelOpen> opens;
    std::vector<sv2::ChannelId> groups;
    for (std::uint32_t i = 0; i < 4; ++i) {
        SCOPED_TRACE(i);
        opens.push_back(ask_extended(8, i + 1));
        grant(opens.back(), outputs[payees[i]]);
        groups.push_back(only<sv2::OpenExtendedMiningChannelSuccess>().group_channel_id);
        const auto job = only<sv2::NewExtendedMiningJob>();
        EXPECT_TRUE(has(job.coinbase_tx_suffix, outputs[payees[i]].outputs[0].script));
        EXPECT_FALSE(has(job.coinbase_tx_suffix, outputs[1 - payees[i]].outputs[0].script));
        submit_extended(opens.back().channel_id, job.job_id);
        ASSERT_EQ(effects.shares.size(), 1U);
        EXPECT_EQ(*effects.shares[0].outputs, outputs[payees[i]]);
        EXPECT_EQ(effects.shares[0].job.outputs_id, mining::outputs_id(outputs[payees[i]]));
    }
    EXPECT_EQ(groups[0], groups[2]) << "equal outputs share a group";
    EXPECT_EQ(groups[1], groups[3]);
    EXPECT_NE(groups[0], groups[1]);

    next_template(Change::new_tip);
    std::map<sv2::ChannelId, base::Bytes> suffixes;
    std::map<sv2::ChannelId, sv2::JobId> jobs;
    for (const auto& [header, payload] : heard()) {
        if (header.message_type != sv2::NewExtendedMiningJob::info.message_type) continue;
        const auto job = sv2::decode<sv2::NewExtendedMiningJob>(payload).value();
        suffixes[job.channel_id] = base::to_bytes(job.coinbase_tx_suffix);
        jobs[job.channel_id] = job.job_id;
    }
    ASSERT_EQ(suffixes.size(), 2U) << "one job a group";
    EXPECT_TRUE(has(suffixes.at(groups[0]), outputs[0].outputs[0].script));
    EXPECT_TRUE(has(suffixes.at(groups[1]), outputs[1].outputs[0].script));
    submit_extended(opens[0].channel_id, jobs.at(groups[1]));
    EXPECT_EQ(refusal(), "invalid-job-id") << "nobody mines on another's job";
}

TEST_F(SessionTest, C136_StandardChannelsOfDifferentIdentitiesHashDifferentCoinbases) {
    set_up();
    const mining::PayoutOutputs outputs[] = {
        paid_to("00141111111111111111111111111111111111111111"),
        paid_to("00142222222222222222222222222222222222222222")};
    for (const auto& paid : outputs) {
        const auto open = ask_standard();
        grant(open, paid);
        const auto job = only<sv2::NewMiningJob>();
        const auto coinbase =
            mining::derive_job_coinbase(block_template, paid, {}, open.key.to_bytes().size())
                .value();
        EXPECT_TRUE(std::ranges::equal(
            job.merkle_root,
            base::as_bytes(std::span<const std::uint8_t>{
                coinbase.merkle_root(block_template, open.key.to_bytes(), {}).bytes})));
    }
}

TEST_F(SessionTest, C146_ATemplateOfTheSameTipIsAnActiveJob) {
    set_up();
    const auto open = open_standard();
    const auto first = only<sv2::NewMiningJob>().job_id;
    next_template(Change::refresh);
    EXPECT_EQ(heard_names(), std::vector<std::string>{"NewMiningJob"});
    const auto second = only<sv2::NewMiningJob>();
    EXPECT_EQ(second.min_ntime, block_template.tip.min_ntime);
    submit_standard(open.channel_id, first);
    EXPECT_EQ(effects.shares.at(0).share.state, mining::JobState::past);
    submit_standard(open.channel_id, second.job_id);
    EXPECT_EQ(effects.shares.at(0).share.state, mining::JobState::active);
}

TEST_F(SessionTest, C160_C161_AProposalIsClampedSentAndCarriedByAJobThatIsNew) {
    set_up();
    const auto open = ask_standard();
    const auto easy = bitcoin::target_of({1ULL << 32});
    const auto hard = bitcoin::target_of({4ULL << 32});
    grant(open, easy);
    const auto first = only<sv2::NewMiningJob>();
    effects.clear();
    session.on_proposal(open.key, hard, effects);
    EXPECT_EQ(heard_names(), (std::vector<std::string>{"SetTarget", "NewMiningJob"}));
    const auto second = only<sv2::NewMiningJob>();
    EXPECT_NE(second.merkle_root, first.merkle_root) << "never an identical job";
    EXPECT_EQ(std::get<bus::TargetApplied>(effects.events.at(0)).target, hard);
    submit_standard(open.channel_id, first.job_id);
    EXPECT_EQ(effects.shares.at(0).job.target, easy) << "frozen when the job became active";
    submit_standard(open.channel_id, second.job_id);
    EXPECT_EQ(effects.shares.at(0).job.target, hard);
    EXPECT_EQ(effects.shares.at(0).job.variant, mining::Variant{1});
    effects.clear();
    session.on_proposal(open.key, hard, effects);
    EXPECT_TRUE(effects.frames.empty()) << "the same target is not sent again";
}

TEST_F(SessionTest, AnActivatedFutureJobAlsoCountsAtTheEasierTargetThatItsChannelHasNow) {
    const auto easy = bitcoin::target_of({1ULL << 32});
    const auto hard = bitcoin::target_of({4ULL << 32});
    set_up();
    const auto open = ask_standard();
    grant(open, hard);
    const auto first = only<sv2::NewMiningJob>().job_id;
    next_template(Change::refresh);
    const auto second = only<sv2::NewMiningJob>().job_id;
    const auto record_of = [&](sv2::JobId job) {
        submit_standard(open.channel_id, job);
        return effects.shares.at(0).job;
    };
    EXPECT_EQ(record_of(first).eased_target, std::nullopt);
    session.on_proposal(open.key, easy, effects);
    EXPECT_EQ(record_of(first).target, hard) << "frozen at activation";
    EXPECT_EQ(record_of(first).eased_target, easy) << "reference 8.46";
    EXPECT_EQ(record_of(second).target, hard);
    EXPECT_EQ(record_of(second).eased_target, std::nullopt) << "it never was a future job";
    session.on_proposal(open.key, bitcoin::target_of({9ULL << 32}), effects);
    EXPECT_EQ(record_of(first).target, hard) << "a harder target changes nothing for it";
    EXPECT_EQ(record_of(first).eased_target, std::nullopt);
}

TEST_F(SessionTest, C160_ATargetWaitsForAJobToCarryItUnlessTheMinerInsists) {
    set_up();
    const auto open = ask_standard();
    const auto target_of = [](std::uint64_t difficulty) {
        return bitcoin::target_of({difficulty << 32});
    };
    grant(open, target_of(1));
    // Every variant of this template is used up.
    for (std::uint64_t i = 0; i < 0xffff; ++i) {
        effects.clear();
        session.on_proposal(open.key, target_of(2 + i % 2), effects);
        ASSERT_EQ(heard_names(), (std::vector<std::string>{"SetTarget", "NewMiningJob"})) << i;
    }
    effects.clear();
    session.on_proposal(open.key, target_of(50), effects);
    session.on_proposal(open.key, target_of(60), effects);
    EXPECT_TRUE(effects.frames.empty() && effects.events.empty()) << "no job could carry it";
    say(sv2::UpdateChannel{.channel_id = {open.channel_id},
                           .nominal_hash_rate = 1,
                           .maximum_target = to_wire(target_of(55))});
    EXPECT_EQ(heard_names(), std::vector<std::string>{"SetTarget"}) << "honoured at once";
    next_template(Change::refresh);
    EXPECT_EQ(heard_names(), (std::vector<std::string>{"SetTarget", "NewMiningJob"}));
    const auto job = only<sv2::NewMiningJob>().job_id;
    submit_standard(open.channel_id, job);
    EXPECT_EQ(effects.shares.at(0).job.target, target_of(60)) << "the last proposal";
    next_template(Change::refresh);
    EXPECT_EQ(heard_names(), std::vector<std::string>{"NewMiningJob"});
    effects.clear();
    session.on_proposal(open.key, target_of(70), effects);
    EXPECT_EQ(heard_names(), (std::vector<std::string>{"SetTarget", "NewMiningJob"}))
        << "another template has all its variants";
    submit_standard(open.channel_id, only<sv2::NewMiningJob>().job_id);
    EXPECT_EQ(effects.shares.at(0).job.variant, mining::Variant{1}) << "counted from the first";
}

TEST_F(SessionTest, AProposalForAllReachesEveryChannel) {
    set_up();
    const auto first = open_standard();
    const auto second = open_standard();
    effects.clear();
    session.on_proposal_for_all(bitcoin::target_of({9ULL << 32}), effects);
    std::set<std::uint32_t> told;
    for (const auto& [header, payload] : heard())
        if (header.message_type == sv2::SetTarget::info.message_type)
            told.insert(sv2::channel_id_of(payload)->value);
    EXPECT_EQ(told, (std::set<std::uint32_t>{first.channel_id, second.channel_id}));
}

TEST_F(SessionTest, AChannelThatOpensBeforeTheFirstTemplateHasItsJobWithThat) {
    WorkBook none;
    Session early{"p", keys, none, {}};
    const auto tell = [&](const auto& message) {
        effects.clear();
        const auto frame = sv2::encode(message);
        const base::ByteView view{frame};
        early.on_frame(sv2::decode_header(view.first<sv2::frame_header_size>()),
                       view.subspan(sv2::frame_header_size), received_at, effects);
    };
    tell(sv2::SetupConnection{
        .protocol = sv2::Protocol::mining, .min_version = 2, .max_version = 2, .vendor = "t"});
    tell(sv2::OpenStandardMiningChannel{.user_identity = "u", .max_target = any_target});
    const auto open = std::get<bus::ChannelOpen>(effects.events.at(0));
    effects.clear();
    early.on_open_outcome({.key = open.key,
                           .error_code = "",
                           .target = bitcoin::target_max(),
                           .outputs = mining::some_outputs()},
                          effects);
    EXPECT_EQ(heard_names(), std::vector<std::string>{"OpenStandardMiningChannel.Success"});
    effects.clear();
    early.on_proposal(open.key, bitcoin::target_of({9ULL << 32}), effects);
    EXPECT_TRUE(effects.frames.empty()) << "no job could carry it";
    none.set_current(block_template);
    early.on_template(Change::new_tip, effects);
    EXPECT_EQ(heard_names(),
              (std::vector<std::string>{"SetTarget", "NewMiningJob", "SetNewPrevHash"}));
}

TEST_F(SessionTest, C135_C136_EachKindOfChannelHasItsKindOfJob) {
    set_up();
    const auto standard = open_standard();
    const auto extended = open_extended();
    open_extended();
    const auto group = only<sv2::OpenExtendedMiningChannelSuccess>().group_channel_id;
    for (const auto change : {Change::refresh, Change::new_tip}) {
        next_template(change);
        EXPECT_EQ(only<sv2::NewMiningJob>().channel_id.value, standard.channel_id);
        EXPECT_EQ(only<sv2::NewExtendedMiningJob>().channel_id, group);
    }
    effects.clear();
    session.on_proposal(extended.key, bitcoin::target_of({9ULL << 32}), effects);
    EXPECT_EQ(only<sv2::NewExtendedMiningJob>().channel_id.value, extended.channel_id);
}

TEST_F(SessionTest, C116_AStandardJobsConnectionHearsOfNoGroupAndNoExtendedJob) {
    set_up(sv2::mining_client_flag::requires_standard_jobs);
    const auto first = open_standard();
    const auto second = open_standard();
    next_template(Change::new_tip);
    std::map<std::string, std::set<std::uint32_t>> addressed;
    for (const auto& [header, payload] : heard())
        addressed[std::string{sv2::find_message(0, header.message_type)->name}].insert(
            sv2::channel_id_of(payload)->value);
    const std::set<std::uint32_t> channels{first.channel_id, second.channel_id};
    EXPECT_EQ(addressed, (std::map<std::string, std::set<std::uint32_t>>{
                             {"NewMiningJob", channels}, {"SetNewPrevHash", channels}}));
}

TEST_F(SessionTest, C138_C143_EveryJobHasItsOwnIdAndATipNamesAFutureJobOfItsAddress) {
    set_up();
    const auto target_of_step = [](std::uint64_t step) { return bitcoin::target_of({step << 33}); };
    std::set<std::uint32_t> ids;
    std::size_t jobs = 0;
    const auto look = [&] {
        std::map<std::uint32_t, std::set<std::uint32_t>> future;  // by address
        for (const auto& [header, payload] : heard()) {
            const auto address = sv2::channel_id_of(payload).value_or(sv2::ChannelId{}).value;
            std::optional<std::uint32_t> id;
            bool is_future = false;
            if (header.message_type == sv2::NewMiningJob::info.message_type) {
                const auto job = sv2::decode<sv2::NewMiningJob>(payload).value();
                id = job.job_id.value;
                is_future = !job.min_ntime;
            } else if (header.message_type == sv2::NewExtendedMiningJob::info.message_type) {
                const auto job = sv2::decode<sv2::NewExtendedMiningJob>(payload).value();
                id = job.job_id.value;
                is_future = !job.min_ntime;
            } else if (header.message_type == sv2::SetNewPrevHash::info.message_type) {
                const auto tip = sv2::decode<sv2::SetNewPrevHash>(payload).value();
                EXPECT_TRUE(future[address].contains(tip.job_id.value));
            }
            if (id && is_future) future[address].insert(*id);
            if (id) {
                // Standard channels of one group share an id: to each it is another channel's.
                ids.insert(*id);
                ++jobs;
            }
        }
    };
    const auto standard = open_standard();
    look();
    open_extended();
    look();
    open_extended();
    look();
    for (std::uint64_t step = 1; step <= 3; ++step) {
        next_template(Change::refresh);
        look();
        effects.clear();
        session.on_proposal(standard.key, target_of_step(step), effects);
        look();
        next_template(Change::new_tip);
        look();
    }
    EXPECT_EQ(ids.size(), jobs);
    EXPECT_EQ(jobs, 3U + 3U * 5U);
}

TEST_F(SessionTest, C147_C200_ANewTipActivatesAJobOfItsOwnTemplate) {
    set_up();
    const auto open = open_standard();
    next_template(Change::refresh);
    next_template(Change::new_tip);
    const auto job = only<sv2::NewMiningJob>();
    EXPECT_EQ(only<sv2::SetNewPrevHash>().job_id, job.job_id);
    submit_standard(open.channel_id, job.job_id);
    EXPECT_EQ(effects.shares.at(0).job.template_ref, block_template.ref)
        << "what was made for the tip before cannot conflict with the new block";
}

TEST_F(SessionTest, C082_EveryExtendedJobAllowsVersionRolling) {
    set_up(sv2::mining_client_flag::requires_version_rolling);
    const auto open = open_extended();
    EXPECT_TRUE(only<sv2::NewExtendedMiningJob>().version_rolling_allowed);
    for (const auto change : {Change::refresh, Change::new_tip}) {
        next_template(change);
        EXPECT_TRUE(only<sv2::NewExtendedMiningJob>().version_rolling_allowed);
    }
    effects.clear();
    session.on_proposal(open.key, bitcoin::target_of({9ULL << 32}), effects);
    EXPECT_TRUE(only<sv2::NewExtendedMiningJob>().version_rolling_allowed);
}

TEST_F(SessionTest, C111_EveryJobHasTheTransactionsOfItsTemplate) {
    set_up();
    for (int i = 0; i < 3; ++i) {
        open_extended();
        const auto job = only<sv2::NewExtendedMiningJob>();
        ASSERT_EQ(job.merkle_path.size(), block_template.merkle_path.size());
        std::size_t at = 0;
        for (const auto& node : job.merkle_path)
            EXPECT_EQ(bitcoin::Uint256::from_bytes(node), block_template.merkle_path[at++]);
    }
}

}  // namespace
}  // namespace gateway
