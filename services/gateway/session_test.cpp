#include <limits>
#include <set>

#include "gateway/session_testing.h"
#include "sv2/error_codes.h"
#include "sv2/setup_flags.h"

namespace gateway {
namespace {

TEST_F(SessionTest, C067_C076_C081_AnswersSetupConnectionWithoutEchoingFlags) {
    set_up(sv2::mining_client_flag::requires_version_rolling);
    const auto success = only<sv2::SetupConnectionSuccess>();
    EXPECT_EQ(success.used_version, 2);
    EXPECT_EQ(success.flags, 0U);
    EXPECT_FALSE(effects.close);
    EXPECT_TRUE(session.is_set_up());
}

TEST_F(SessionTest, C068_C069_C071_C072_C079_C085_RefusesASetupThatItCannotServeAndCloses) {
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
        {"flags that exclude each other, one of them not supported",
         {.protocol = sv2::Protocol::mining,
          .min_version = 2,
          .max_version = 2,
          .flags = sv2::mining_client_flag::requires_standard_jobs |
                   sv2::mining_client_flag::requires_work_selection},
         sv2::mining_client_flag::requires_work_selection,
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

TEST_F(SessionTest, C070_C080_MessagesBeforeSetupAndASecondSetupAreViolations) {
    say(sv2::OpenStandardMiningChannel{});
    EXPECT_EQ(effects.close, "before-setup");
    set_up();
    set_up();
    EXPECT_EQ(effects.close, "second-setup");
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

TEST_F(SessionTest, C124_C125_C163_NoTargetIsEverAboveTheMinersMaximum) {
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

TEST_F(SessionTest, C126_AnUpdateMayGoToItsBounds) {
    set_up();
    const auto open = open_standard();
    const auto hardest = bitcoin::target_of(bitcoin::Difficulty{~std::uint64_t{0}});
    sv2::U256 wire{};
    std::ranges::copy(hardest.value.as_bytes(), wire.begin());
    say(sv2::UpdateChannel{
        .channel_id = {open.channel_id}, .nominal_hash_rate = 0, .maximum_target = wire});
    ASSERT_EQ(effects.events.size(), 2U) << "the update, and its target";
    EXPECT_EQ(std::get<bus::ChannelUpdate>(effects.events[0]).max_target, hardest);
    EXPECT_EQ(std::get<bus::TargetApplied>(effects.events[1]).target, hardest);
    say(sv2::UpdateChannel{.channel_id = {open.channel_id},
                           .nominal_hash_rate = std::numeric_limits<float>::infinity(),
                           .maximum_target = any_target});
    EXPECT_EQ(only<sv2::UpdateChannelError>().error_code, "invalid-nominal-hashrate");
}

TEST_F(SessionTest, CountsTheChannelsThatItOpensAndTheOpensThatItRefuses) {
    set_up();
    open_standard();
    EXPECT_EQ(effects.channels_opened, 1U);
    open_extended();
    EXPECT_EQ(effects.channels_opened, 1U);
    EXPECT_TRUE(effects.opens_refused.empty());
    say(sv2::OpenExtendedMiningChannel{.user_identity = "bob", .min_extranonce_size = 25});
    EXPECT_EQ(effects.channels_opened, 0U);
    ASSERT_EQ(effects.opens_refused.size(), 1U);
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

TEST_F(SessionTest, AllChannelsCanBeClosedFromOurSide) {
    set_up();
    std::vector<std::uint32_t> opened;
    const auto first = open_standard();
    opened.push_back(first.channel_id);
    for (int i = 0; i < 20; ++i) opened.push_back(open_extended().channel_id);
    effects.clear();
    session.close_all_channels("no-template", effects);
    std::vector<std::uint32_t> closed;
    for (const auto& [header, payload] : heard()) {
        const auto close = sv2::decode<sv2::CloseChannel>(payload).value();
        EXPECT_EQ(close.reason_code, "no-template");
        closed.push_back(close.channel_id.value);
    }
    EXPECT_EQ(closed, opened) << "in their order";
    ASSERT_EQ(effects.events.size(), opened.size());
    EXPECT_EQ(std::get<bus::ChannelClose>(effects.events[0]).key, first.key);
    EXPECT_EQ(session.channels(), 0U);
    EXPECT_FALSE(effects.close) << "the connection is the gateway's to end";
}

TEST_F(SessionTest, WhatIsAtAWorkerIsUnansweredUntilItsVerdict) {
    set_up();
    const auto open = open_standard();
    const auto job = only<sv2::NewMiningJob>().job_id;
    EXPECT_FALSE(session.has_unanswered());
    open_standard();  // which sends nothing
    submit_standard(open.channel_id, job, 1);
    submit_standard(open.channel_id, job, 2);
    EXPECT_EQ(session.unanswered(), 2U);
    submit_standard(open.channel_id, {99}, 3);  // refused here
    session.on_verdict(open.key, 1, {}, effects);
    EXPECT_TRUE(session.has_unanswered());
    EXPECT_EQ(session.unanswered(), 1U);
    session.on_verdict(open.key, 2, {.error = mining::ShareError::duplicate_share}, effects);
    EXPECT_FALSE(session.has_unanswered());
    submit_standard(open.channel_id, job, 4);
    say(sv2::CloseChannel{.channel_id = {open.channel_id}});
    EXPECT_FALSE(session.has_unanswered()) << "nobody waits for it any more";
}

TEST_F(SessionTest, AConnectionThatIsNotSetUpIsNotAskedToLeave) {
    session.ask_to_leave(effects);
    EXPECT_TRUE(effects.frames.empty());
}

TEST_F(SessionTest, TheEndClosesInTheLedgerWhatIsOpenOrWasAskedFor) {
    set_up();
    const auto open = open_standard();
    const auto pending = ask_standard();
    effects.clear();
    EXPECT_TRUE(session.on_end(2, effects));
    ASSERT_EQ(effects.events.size(), 2U);
    EXPECT_EQ(std::get<bus::ChannelClose>(effects.events[0]).key, open.key);
    EXPECT_EQ(std::get<bus::ChannelClose>(effects.events[1]).key, pending.key);
}

TEST_F(SessionTest, TheEndOfManyChannelsComesInSlices) {
    set_up();
    std::vector<mining::ChannelKey> keys_of;
    for (int i = 0; i < 5; ++i) keys_of.push_back(open_standard().key);
    for (int i = 0; i < 2; ++i) keys_of.push_back(ask_standard().key);
    std::vector<mining::ChannelKey> closed;
    for (const std::size_t slice : {3U, 3U, 1U}) {
        effects.clear();
        EXPECT_EQ(session.on_end(3, effects), slice == 1);
        EXPECT_EQ(effects.events.size(), slice);
        for (const auto& event : effects.events)
            closed.push_back(std::get<bus::ChannelClose>(event).key);
    }
    EXPECT_EQ(closed, keys_of) << "each once";
    EXPECT_EQ(session.channels() + session.pending_opens(), 0U);
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

TEST_F(SessionTest, C097_C099_C105_C106_C107_C117_OpensBothKindsUnderIdsThatAreNeverUsedTwice) {
    set_up();
    std::set<std::uint32_t> channels;
    std::set<std::uint32_t> groups;
    std::size_t opened = 0;
    for (const std::uint32_t request : {7U, 7U, 0U, 0xffffffffU}) {
        SCOPED_TRACE(request);
        grant(ask_standard(request));
        const auto standard = only<sv2::OpenStandardMiningChannelSuccess>();
        EXPECT_EQ(standard.request_id.value, request);
        grant(ask_extended(8, request));
        const auto extended = only<sv2::OpenExtendedMiningChannelSuccess>();
        EXPECT_EQ(extended.request_id.value, request);
        opened += 2;
        channels.insert({standard.channel_id.value, extended.channel_id.value});
        groups.insert({standard.group_channel_id.value, extended.group_channel_id.value});
        // What is closed does not come again, neither as a channel nor as a group.
        say(sv2::CloseChannel{.channel_id = standard.channel_id});
    }
    EXPECT_EQ(channels.size(), opened);
    EXPECT_EQ(groups.size(), 1U + opened / 2) << "a group ends with its last channel";
    for (const auto group : groups) {
        EXPECT_NE(group, 0U);
        EXPECT_FALSE(channels.contains(group));
    }
    EXPECT_FALSE(channels.contains(0));
}

TEST_F(SessionTest, C110_C113_NoTwoChannelsOfAnyConnectionEverHaveTheSamePrefix) {
    std::set<std::string> prefixes;
    const auto open_twice = [&](Session& of) {
        for (int i = 0; i < 2; ++i) {
            effects.clear();
            const auto tell = [&](const auto& message) {
                kept.push_back(sv2::encode(message));
                const base::ByteView view{kept.back()};
                of.on_frame(sv2::decode_header(view.first<sv2::frame_header_size>()),
                            view.subspan(sv2::frame_header_size), received_at, effects);
            };
            if (!of.is_set_up())
                tell(sv2::SetupConnection{
                    .protocol = sv2::Protocol::mining, .min_version = 2, .max_version = 2});
            tell(sv2::OpenExtendedMiningChannel{
                .user_identity = "u", .max_target = any_target, .min_extranonce_size = 8});
            const auto asked = std::get<bus::ChannelOpen>(effects.events.at(0));
            effects.clear();
            of.on_open_outcome({.key = asked.key,
                                .error_code = "",
                                .target = bitcoin::target_max(),
                                .outputs = mining::some_outputs()},
                               effects);
            const auto success = only<sv2::OpenExtendedMiningChannelSuccess>();
            EXPECT_EQ(success.extranonce_prefix.size(), 8U) << "none is the beginning of another";
            prefixes.insert(base::to_string(success.extranonce_prefix));
            tell(sv2::CloseChannel{.channel_id = success.channel_id});
        }
    };
    Session other{"127.0.0.1:2", keys, work, {}};
    open_twice(session);
    open_twice(other);
    open_twice(session);
    EXPECT_EQ(prefixes.size(), 6U);
}

TEST_F(SessionTest, C073_EverySessionSupportsTheSameFlags) {
    std::set<std::uint32_t> unsupported;
    for (const std::size_t channels_max : {1U, 10'000U}) {
        Session one{"p", keys, work, {.channels_max = channels_max}};
        effects.clear();
        const auto frame = sv2::encode(sv2::SetupConnection{.protocol = sv2::Protocol::mining,
                                                            .min_version = 2,
                                                            .max_version = 2,
                                                            .flags = 0xffffffff});
        const base::ByteView view{frame};
        one.on_frame(sv2::decode_header(view.first<sv2::frame_header_size>()),
                     view.subspan(sv2::frame_header_size), received_at, effects);
        unsupported.insert(only<sv2::SetupConnectionError>().flags);
    }
    EXPECT_EQ(unsupported.size(), 1U) << "no limit of a configuration changes them";
}

}  // namespace
}  // namespace gateway
