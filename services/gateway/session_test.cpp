#include "gateway/session.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "bitcoin/header.h"
#include "bitcoin/merkle.h"
#include "bitcoin/sha256.h"
#include "mining/judge.h"
#include "mining/records_testing.h"
#include "sv2/codec.h"
#include "sv2/error_codes.h"
#include "sv2/message_table.h"
#include "sv2/setup_flags.h"

namespace gateway {
namespace {

constexpr base::UnixMicros received_at{std::chrono::seconds{1'700'000'100}};
constexpr sv2::U256 any_target = [] {
    sv2::U256 value{};
    value.fill(std::byte{0xff});
    return value;
}();

/// A session whose frames a test writes and reads, and whose worker the test speaks for.
class SessionTest : public testing::Test {
  protected:
    SessionTest() {
        block_template = mining::some_template();
        work.set_current(block_template);
    }

    /// One message from the miner; what it caused is in `effects`.
    template <class Message>
    void say(const Message& message) {
        effects.clear();
        say_more(message);
    }
    template <class Message>
    void say_more(const Message& message) {
        const auto frame = sv2::encode(message);
        const auto view = base::ByteView{frame};
        session.on_frame(sv2::decode_header(view.first<sv2::frame_header_size>()),
                         view.subspan(sv2::frame_header_size), received_at, effects);
    }

    /// What was said to the miner, as (message type, payload).
    std::vector<std::pair<std::uint8_t, base::Bytes>> heard() const {
        std::vector<std::pair<std::uint8_t, base::Bytes>> found;
        base::ByteView frames{effects.frames};
        while (!frames.empty()) {
            const auto header = sv2::decode_header(frames.first<sv2::frame_header_size>());
            found.emplace_back(
                header.message_type,
                base::to_bytes(frames.subspan(sv2::frame_header_size, header.payload_size)));
            frames = frames.subspan(sv2::frame_header_size + header.payload_size);
        }
        return found;
    }
    std::vector<std::string> heard_names() const {
        std::vector<std::string> names;
        for (const auto& [type, payload] : heard())
            if (const auto* info = sv2::find_message(0, type)) names.emplace_back(info->name);
        return names;
    }
    /// The only message of this type that was said; borrows from `kept`.
    template <class Message>
    Message only() {
        std::optional<Message> found;
        for (auto& [type, payload] : heard()) {
            if (type != Message::info.message_type) continue;
            EXPECT_FALSE(found.has_value()) << "said twice: " << Message::info.name;
            kept.push_back(std::move(payload));
            found = sv2::decode<Message>(kept.back()).value();
        }
        EXPECT_TRUE(found.has_value()) << "not said: " << Message::info.name;
        return found.value_or(Message{});
    }

    void set_up(std::uint32_t flags = 0) {
        say(sv2::SetupConnection{.protocol = sv2::Protocol::mining,
                                 .min_version = 2,
                                 .max_version = 2,
                                 .flags = flags,
                                 .vendor = "test"});
    }

    bus::ChannelOpen ask_standard(std::uint32_t request = 1) {
        say(sv2::OpenStandardMiningChannel{.request_id = {request},
                                           .user_identity = "alice.rig",
                                           .nominal_hash_rate = 1e6F,
                                           .max_target = any_target});
        return std::get<bus::ChannelOpen>(effects.events.at(0));
    }
    bus::ChannelOpen ask_extended(std::uint16_t size, std::uint32_t request = 1) {
        say(sv2::OpenExtendedMiningChannel{.request_id = {request},
                                           .user_identity = "bob",
                                           .nominal_hash_rate = 1e6F,
                                           .max_target = any_target,
                                           .min_extranonce_size = size});
        return std::get<bus::ChannelOpen>(effects.events.at(0));
    }
    void grant(const bus::ChannelOpen& open,
               const bitcoin::Target& target = bitcoin::target_max()) {
        effects.clear();
        session.on_open_outcome({.key = open.key,
                                 .error_code = "",
                                 .target = target,
                                 .outputs = mining::some_outputs()},
                                effects);
    }
    bus::ChannelOpen open_standard() {
        const auto open = ask_standard();
        grant(open);
        return open;
    }
    bus::ChannelOpen open_extended(std::uint16_t size = 8) {
        const auto open = ask_extended(size);
        grant(open);
        return open;
    }

    void next_template(Session::TemplateChange change) {
        block_template.ref = {block_template.ref.value + 1};
        if (change == Session::TemplateChange::new_tip)
            block_template.tip.prev_hash.value.bytes[0] ^= static_cast<std::uint8_t>(++tips);
        EXPECT_EQ(work.set_current(block_template), change == Session::TemplateChange::new_tip);
        effects.clear();
        session.on_template(change, effects);
    }

    void submit_standard(std::uint32_t channel, sv2::JobId job, std::uint32_t sequence = 1) {
        say(sv2::SubmitSharesStandard{.channel_id = {channel},
                                      .sequence_number = sequence,
                                      .job_id = job,
                                      .nonce = 7,
                                      .ntime = block_template.tip.min_ntime,
                                      .version = block_template.version});
    }
    void submit_extended(std::uint32_t channel, sv2::JobId job, std::size_t size = 8) {
        const base::Bytes extranonce(size, std::byte{0x5a});
        say(sv2::SubmitSharesExtended{.channel_id = {channel},
                                      .sequence_number = 1,
                                      .job_id = job,
                                      .nonce = 7,
                                      .ntime = block_template.tip.min_ntime,
                                      .version = block_template.version,
                                      .extranonce = extranonce});
    }
    std::string refusal() { return std::string{only<sv2::SubmitSharesError>().error_code}; }

    ChannelKeys keys{mining::Epoch{42}};
    WorkBook work;
    mining::BlockTemplate block_template;
    int tips = 0;
    Session session{"127.0.0.1:1", keys, work, {}};
    Effects effects;
    std::vector<base::Bytes> kept;
};

using Change = Session::TemplateChange;

TEST_F(SessionTest, C067_AnswersSetupConnectionAndC076_DoesNotEchoFlags) {
    set_up(sv2::mining_client_flag::requires_version_rolling);
    const auto success = only<sv2::SetupConnectionSuccess>();
    EXPECT_EQ(success.used_version, 2);
    EXPECT_EQ(success.flags, 0U);
    EXPECT_FALSE(effects.close);
    EXPECT_TRUE(session.is_set_up());
}

TEST_F(SessionTest, C068_C069_C071_C072_C079_RefusesASetupThatItCannotServeAndCloses) {
    const struct {
        const char* what;
        sv2::SetupConnection setup;
        std::uint32_t flags;
        std::string_view code;
    } cases[] = {
        {"another protocol",
         {.protocol = sv2::Protocol::job_declaration, .min_version = 2, .max_version = 2},
         0,
         sv2::error_code::unsupported_protocol},
        {"only an older version",
         {.protocol = sv2::Protocol::mining, .min_version = 1, .max_version = 1},
         0,
         sv2::error_code::protocol_version_mismatch},
        {"only a newer version",
         {.protocol = sv2::Protocol::mining, .min_version = 3, .max_version = 9},
         0,
         sv2::error_code::protocol_version_mismatch},
        {"all flags, to see which are supported",
         {.protocol = sv2::Protocol::mining,
          .min_version = 2,
          .max_version = 2,
          .flags = 0xffffffff},
         0xffffffff & ~(sv2::mining_client_flag::requires_standard_jobs |
                        sv2::mining_client_flag::requires_version_rolling),
         sv2::error_code::unsupported_feature_flags},
        {"work selection",
         {.protocol = sv2::Protocol::mining,
          .min_version = 2,
          .max_version = 2,
          .flags = sv2::mining_client_flag::requires_work_selection},
         sv2::mining_client_flag::requires_work_selection,
         sv2::error_code::unsupported_feature_flags},
    };
    for (const auto& [what, setup, flags, code] : cases) {
        SCOPED_TRACE(what);
        Session fresh{"p", keys, work, {}};
        effects.clear();
        const auto frame = sv2::encode(setup);
        fresh.on_frame(sv2::decode_header(base::ByteView{frame}.first<sv2::frame_header_size>()),
                       base::ByteView{frame}.subspan(sv2::frame_header_size), received_at, effects);
        const auto error = only<sv2::SetupConnectionError>();
        EXPECT_EQ(error.flags, flags);
        EXPECT_EQ(error.error_code, code);
        EXPECT_TRUE(effects.close.has_value());
    }
}

TEST_F(SessionTest, C080_MessagesBeforeSetupAndASecondSetupAreViolations) {
    say(sv2::OpenStandardMiningChannel{});
    EXPECT_EQ(effects.close, "before-setup");
    set_up();
    set_up();
    EXPECT_EQ(effects.close, "second-setup");
}

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

TEST_F(SessionTest, AnOpenThatTheWorkerRefusesIsAnsweredWithItsCode) {
    set_up();
    const auto open = ask_standard(5);
    effects.clear();
    session.on_open_outcome(
        {.key = open.key, .error_code = "unknown-user", .target = {}, .outputs = {}}, effects);
    EXPECT_EQ(only<sv2::OpenMiningChannelError>().error_code, "unknown-user");
    EXPECT_EQ(session.channels(), 0U);
    submit_standard(open.channel_id, {1});
    EXPECT_TRUE(effects.shares.empty());
}

TEST_F(SessionTest, C109_GrantsExactlyTheExtranonceSizeAskedForOrRefuses) {
    set_up();
    for (const std::uint16_t size : std::initializer_list<std::uint16_t>{0, 2, 8, 24}) {
        SCOPED_TRACE(size);
        const auto open = ask_extended(size);
        grant(open);
        EXPECT_EQ(only<sv2::OpenExtendedMiningChannelSuccess>().extranonce_size, size);
    }
    say(sv2::OpenExtendedMiningChannel{.user_identity = "bob", .min_extranonce_size = 25});
    EXPECT_EQ(only<sv2::OpenMiningChannelError>().error_code, "min-extranonce-size-too-large");
}

TEST_F(SessionTest, C112_AStandardJobsConnectionHasNoExtendedChannels) {
    set_up(sv2::mining_client_flag::requires_standard_jobs);
    say(sv2::OpenExtendedMiningChannel{.user_identity = "bob", .min_extranonce_size = 8});
    EXPECT_EQ(only<sv2::OpenMiningChannelError>().error_code,
              "extended-channels-not-supported-for-standard-jobs");
}

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

TEST_F(SessionTest, WhatAnExtendedMinerHashesIsWhatAWorkerJudges) {
    set_up();
    const auto open = open_extended();
    const auto job = only<sv2::NewExtendedMiningJob>();
    base::Bytes coinbase = base::to_bytes(job.coinbase_tx_prefix);
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

TEST_F(SessionTest, AGroupHearsOfATemplateOnceAndANewcomerAlone) {
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

TEST_F(SessionTest, ATemplateOfTheSameTipIsAnActiveJob) {
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

TEST_F(SessionTest, C145_SharesOfAnEarlierTipAreStaleForTwoTipsAndThenUnknown) {
    set_up();
    const auto open = open_standard();
    const auto job = only<sv2::NewMiningJob>().job_id;
    for (int tip = 0; tip < 2; ++tip) {
        next_template(Change::new_tip);
        submit_standard(open.channel_id, job);
        ASSERT_EQ(effects.shares.size(), 1U) << "a worker looks whether it is a block";
        EXPECT_EQ(effects.shares[0].share.state, mining::JobState::stale);
    }
    next_template(Change::new_tip);
    submit_standard(open.channel_id, job);
    EXPECT_EQ(refusal(), "invalid-job-id");
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

TEST_F(SessionTest, C163_NoTargetIsEverAboveTheMinersMaximum) {
    set_up();
    const auto open = open_standard();
    const auto limit = bitcoin::target_of({2ULL << 32});
    say(sv2::UpdateChannel{
        .channel_id = {open.channel_id}, .nominal_hash_rate = 1e6F, .maximum_target = [&] {
            sv2::U256 wire{};
            std::ranges::copy(limit.value.as_bytes(), wire.begin());
            return wire;
        }()});
    EXPECT_EQ(heard_names(), (std::vector<std::string>{"SetTarget", "NewMiningJob"}))
        << "C-125: a smaller maximum is honoured at once";
    EXPECT_TRUE(std::ranges::equal(only<sv2::SetTarget>().maximum_target, limit.value.as_bytes()));
    effects.clear();
    session.on_proposal(open.key, bitcoin::target_max(), effects);
    EXPECT_TRUE(effects.frames.empty()) << "clamped to what it is already";
    say(sv2::UpdateChannel{
        .channel_id = {open.channel_id}, .nominal_hash_rate = 1e6F, .maximum_target = any_target});
    EXPECT_TRUE(effects.frames.empty()) << "C-124: a larger one only permits";
    EXPECT_EQ(effects.events.size(), 1U);
}

TEST_F(SessionTest, C126_AnInvalidUpdateIsAnErrorAndChangesNothing) {
    set_up();
    const auto open = open_standard();
    const struct {
        sv2::UpdateChannel update;
        const char* code;
    } cases[] = {
        {{.channel_id = {99}, .nominal_hash_rate = 1, .maximum_target = any_target},
         "invalid-channel-id"},
        {{.channel_id = {open.channel_id}, .nominal_hash_rate = -1, .maximum_target = any_target},
         "invalid-nominal-hashrate"},
        {{.channel_id = {open.channel_id},
          .nominal_hash_rate = std::numeric_limits<float>::quiet_NaN(),
          .maximum_target = any_target},
         "invalid-nominal-hashrate"},
        {{.channel_id = {open.channel_id}, .nominal_hash_rate = 1, .maximum_target = {}},
         "max-target-out-of-range"},
    };
    for (const auto& [update, code] : cases) {
        SCOPED_TRACE(code);
        say(update);
        EXPECT_EQ(only<sv2::UpdateChannelError>().error_code, code);
        EXPECT_TRUE(effects.events.empty());
    }
}

TEST_F(SessionTest, C181_C182_SharesThatNameNothingAreRefusedHere) {
    set_up();
    const auto standard = open_standard();
    const auto job = only<sv2::NewMiningJob>().job_id;
    submit_standard(99, job);
    EXPECT_EQ(refusal(), "invalid-channel-id");
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
    submit_standard(open.channel_id, job);
    EXPECT_TRUE(effects.frames.empty());
    ASSERT_EQ(effects.shares.size(), 1U);
    EXPECT_EQ(effects.shares[0].share.state, mining::JobState::closed);
    effects.clear();
    session.on_verdict(open.key, 1, {}, effects);
    session.on_verdicts_end(effects);
    EXPECT_TRUE(effects.frames.empty());
    next_template(Change::new_tip);
    EXPECT_TRUE(effects.frames.empty());
    next_template(Change::new_tip);
    submit_standard(open.channel_id, job);
    EXPECT_TRUE(effects.shares.empty() && effects.frames.empty()) << "forgotten, and still silent";
}

TEST_F(SessionTest, C130_ClosingAGroupClosesEveryMember) {
    set_up();
    open_extended();
    open_extended();
    const auto group = only<sv2::OpenExtendedMiningChannelSuccess>().group_channel_id;
    say(sv2::CloseChannel{.channel_id = group, .reason_code = "bye"});
    EXPECT_EQ(effects.events.size(), 2U);
    EXPECT_EQ(session.channels(), 0U);
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
    session.on_verdicts_end(effects);
    const auto success = only<sv2::SubmitSharesSuccess>();
    EXPECT_EQ(success.last_sequence_number, 9U);
    EXPECT_EQ(success.new_submits_accepted_count, 9U);
    EXPECT_EQ(success.new_shares_sum, 13U) << "13.5, of which a half is carried";
    effects.clear();
    session.on_verdict(open.key, 10, {.error = {}, .difficulty = three_halves}, effects);
    session.on_verdicts_end(effects);
    EXPECT_EQ(only<sv2::SubmitSharesSuccess>().new_shares_sum, 2U);
    effects.clear();
    session.on_verdicts_end(effects);
    EXPECT_TRUE(effects.frames.empty());
}

TEST_F(SessionTest, TheEndClosesInTheLedgerWhatIsOpenOrWasAskedFor) {
    set_up();
    const auto open = open_standard();
    const auto pending = ask_standard();
    effects.clear();
    session.on_end(effects);
    ASSERT_EQ(effects.events.size(), 2U);
    EXPECT_EQ(std::get<bus::ChannelClose>(effects.events[0]).key, open.key);
    EXPECT_EQ(std::get<bus::ChannelClose>(effects.events[1]).key, pending.key);
}

TEST_F(SessionTest, C185_CustomJobsAreRefusedWhereTheyWereNotNegotiated) {
    set_up();
    say(sv2::SetCustomMiningJob{.channel_id = {1}, .request_id = {3}});
    EXPECT_EQ(only<sv2::SetCustomMiningJobError>().error_code, "jd-not-supported");
}

TEST_F(SessionTest, C012_C029_MalformedMessagesCloseAndMisdirectedOnesUpToALimit) {
    set_up();
    effects.clear();
    const auto misdirected = sv2::encode(sv2::SetTarget{});
    const base::ByteView view{misdirected};
    for (std::size_t i = 0; i <= sv2::limits::anomalies_per_connection_max; ++i) {
        EXPECT_FALSE(effects.close.has_value());
        session.on_frame(sv2::decode_header(view.first<sv2::frame_header_size>()),
                         view.subspan(sv2::frame_header_size), received_at, effects);
    }
    EXPECT_EQ(effects.close, "too-many-anomalies");

    Session other{"p", keys, work, {}};
    effects.clear();
    other.on_frame({.extension_type = 0,
                    .channel_message = false,
                    .message_type = sv2::SetupConnection::info.message_type,
                    .payload_size = 3},
                   base::as_bytes("abc"), received_at, effects);
    EXPECT_EQ(effects.close, "malformed");
}

TEST_F(SessionTest, ASessionHasItsBoundOfChannels) {
    Session small{"p", keys, work, {.channels_max = 2}};
    const auto tell = [&](const auto& message) {
        effects.clear();
        const auto frame = sv2::encode(message);
        small.on_frame(sv2::decode_header(base::ByteView{frame}.first<sv2::frame_header_size>()),
                       base::ByteView{frame}.subspan(sv2::frame_header_size), received_at, effects);
    };
    tell(sv2::SetupConnection{
        .protocol = sv2::Protocol::mining, .min_version = 2, .max_version = 2, .vendor = "t"});
    tell(sv2::OpenStandardMiningChannel{.user_identity = "u"});
    tell(sv2::OpenStandardMiningChannel{.user_identity = "u"});
    EXPECT_FALSE(effects.close.has_value());
    tell(sv2::OpenStandardMiningChannel{.user_identity = "u"});
    EXPECT_EQ(effects.close, "too-many-channels");
}

}  // namespace
}  // namespace gateway
