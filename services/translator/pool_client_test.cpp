#include <cmath>
#include <limits>

#include "sv2/limits.h"
#include "sv2/tlv.h"
#include "translator/pool_client_testing.h"

namespace translator {
namespace {

using namespace pool_event;
using sv2::testing::filled;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(PoolClientTest, C066_C077_C078_SaysWhoItIsFirst) {
    make({.host = "pool.example", .port = 3333});
    EXPECT_THAT(said_names(), ElementsAre("SetupConnection"));
    const auto setup = last_said<sv2::SetupConnection>().message;
    EXPECT_EQ(setup.protocol, sv2::Protocol::mining);
    EXPECT_EQ(setup.flags, sv2::mining_client_flag::requires_version_rolling);
    EXPECT_EQ(setup.endpoint_host, "pool.example");
    EXPECT_EQ(setup.endpoint_port, 3333);
    EXPECT_EQ(setup.vendor, "adit");
    EXPECT_FALSE(setup.hardware_version.empty());
    EXPECT_TRUE(setup.device_id.empty());
}

TEST_F(PoolClientTest, C228_C240_AsksForTheNamesOfWorkersAndWaitsForTheAnswer) {
    make();
    hear(sv2::SetupConnectionSuccess{.used_version = 2});
    EXPECT_THAT(said_names(), ElementsAre("RequestExtensions"));
    EXPECT_FALSE(client->is_set_up());
    const std::vector<std::uint16_t> supported{sv2::worker_identity_extension};
    hear(sv2::RequestExtensionsSuccess{.request_id = {1}, .supported_extensions = supported});
    EXPECT_EQ(events<pool_event::SetUp>().size(), 1U);
    open(1);
    const auto job = start(1, 1);
    ASSERT_TRUE(submit(1, job, 1));
    const auto tlvs = last_said<sv2::SubmitSharesExtended>().tlv_area;
    EXPECT_EQ(sv2::user_identity_of(tlvs).value(), "rig7");
}

TEST_F(PoolClientTest, C232_C241_WorkersAreNotNamedToAPoolThatDoesNotAskForIt) {
    for (const bool is_error : {true, false}) {
        counter = {};
        make();
        hear(sv2::SetupConnectionSuccess{.used_version = 2});
        const std::vector<std::uint16_t> list{sv2::worker_identity_extension};
        if (is_error)
            hear(sv2::RequestExtensionsError{.request_id = {1}, .unsupported_extensions = list});
        else
            hear(sv2::RequestExtensionsSuccess{.request_id = {1}});
        ASSERT_TRUE(client->is_set_up());
        open(1);
        const auto job = start(1, 1);
        ASSERT_TRUE(submit(1, job, 1));
        EXPECT_THAT(last_said<sv2::SubmitSharesExtended>().tlv_area, IsEmpty());
    }
}

TEST_F(PoolClientTest, APoolThatRequiresAnotherExtensionIsOfNoUse) {
    make();
    hear(sv2::SetupConnectionSuccess{.used_version = 2});
    const std::vector<std::uint16_t> required{0x0123};
    hear(sv2::RequestExtensionsError{.request_id = {1}, .required_extensions = required});
    EXPECT_EQ(failed_as(), "refused");
}

TEST_F(PoolClientTest, C235_KnowsASilenceAboutExtensions) {
    make();
    hear(sv2::SetupConnectionSuccess{.used_version = 2});
    EXPECT_TRUE(client->waits_for_extensions());
    client->on_tick(now + 5s, effects);
    EXPECT_EQ(failed_as(), "");
    client->on_tick(now + 5001ms, effects);
    EXPECT_EQ(failed_as(), "no-extensions");
    effects = {};
    client->on_end(now, effects);
    EXPECT_TRUE(client->waits_for_extensions());
}

TEST_F(PoolClientTest, C075_KnowsThatThePoolTakesNoRolledVersions) {
    set_up(sv2::mining_server_flag::requires_fixed_version);
    open(1);
    EXPECT_TRUE(events<Opened>().at(0).terms.is_version_fixed);
    EXPECT_FALSE(start(1, 1).parts->may_roll_version);
}

TEST_F(PoolClientTest, ARefusalOfVersionRollingIsToldApart) {
    const struct {
        std::uint32_t flags;
        std::string_view kind;
    } cases[] = {{4, "no-version-rolling"}, {5, "no-version-rolling"}, {0, "refused"}};
    for (const auto& [flags, kind] : cases) {
        make();
        hear(sv2::SetupConnectionError{.flags = flags, .error_code = "unsupported\x07"});
        EXPECT_EQ(failed_as(), kind);
        EXPECT_THAT(effects.failure->why, HasSubstr("unsupported?"));
    }
    make({.requires_version_rolling = false});
    hear(sv2::SetupConnectionError{.flags = 4, .error_code = "unsupported-feature-flags"});
    EXPECT_EQ(failed_as(), "refused");
}

TEST_F(PoolClientTest, C098_OpensChannelsUnderRequestsOfTheirOwn) {
    set_up();
    ask(1'001);
    const auto first = last_said<sv2::OpenExtendedMiningChannel>().message;
    EXPECT_EQ(first.user_identity, "alice.rig");
    EXPECT_EQ(first.nominal_hash_rate, 1e12F);
    EXPECT_EQ(first.max_target, filled(0xff));
    EXPECT_EQ(first.min_extranonce_size, 8);
    ask(1'002);
    EXPECT_NE(last_said<sv2::OpenExtendedMiningChannel>().message.request_id, first.request_id);
    EXPECT_EQ(client->open_requests(), 2U);
    grant(2);
    const auto opened = events<Opened>().at(0);
    EXPECT_EQ(opened.channel, ChannelHandle{1'002});
    EXPECT_EQ(opened.id, sv2::ChannelId{2});
    EXPECT_EQ(opened.terms.extranonce_size, 8U);
    EXPECT_EQ(*opened.terms.extranonce_prefix, base::to_bytes(prefix(2)));
    EXPECT_EQ(opened.terms.target, target_filled(0x10));
    EXPECT_FALSE(opened.terms.is_version_fixed);
    hear(sv2::OpenMiningChannelError{.request_id = {1}, .error_code = "unknown-user"});
    EXPECT_EQ(events<Refused>().at(0).channel, ChannelHandle{1'001});
    EXPECT_EQ(events<Refused>().at(0).code, "unknown-user");
    EXPECT_EQ(client->open_requests(), 0U);
}

TEST_F(PoolClientTest, AChannelThatNobodyWaitsForAnyMoreIsClosedWhenItOpens) {
    set_up();
    ask(1'001);
    client->abandon({1'001});
    EXPECT_EQ(client->open_requests(), 1U);
    grant(1);
    EXPECT_THAT(effects.events, IsEmpty());
    EXPECT_THAT(said_names(), ElementsAre("CloseChannel"));
    EXPECT_EQ(client->channels(), 0U);
    ask(1'002);
    client->abandon({1'002});
    hear(sv2::OpenMiningChannelError{.request_id = {2}, .error_code = "unknown-user"});
    EXPECT_THAT(effects.events, IsEmpty());
}

TEST_F(PoolClientTest, AHashRateThatIsNoneIsZeroOnTheWire) {
    set_up();
    open(1);
    for (const double rate : {-1.0, std::numeric_limits<double>::quiet_NaN()}) {
        effects = {};
        client->update({1}, rate, target_filled(0x01), effects);
        const auto update = last_said<sv2::UpdateChannel>().message;
        EXPECT_EQ(update.nominal_hash_rate, 0);
        EXPECT_EQ(update.maximum_target, filled(0x01));
    }
    effects = {};
    client->update({1}, 1e300, target_filled(0x01), effects);
    EXPECT_TRUE(std::isfinite(last_said<sv2::UpdateChannel>().message.nominal_hash_rate));
    effects = {};
    client->update({9}, 1, target_filled(0x01), effects);
    EXPECT_THAT(effects.frames, IsEmpty());
}

TEST_F(PoolClientTest, C164_C165_C180_SharesGoOutWithTheJobsNameAtThePool) {
    set_up();
    open(1);
    const auto job = start(1, 77);
    ASSERT_TRUE(submit(1, job, 1));
    const auto share = last_said<sv2::SubmitSharesExtended>().message;
    EXPECT_EQ(share.channel_id, sv2::ChannelId{1});
    EXPECT_EQ(share.sequence_number, 1U);
    EXPECT_EQ(share.job_id, sv2::JobId{77});
    EXPECT_EQ(share.nonce, 42U);
    EXPECT_EQ(share.ntime, 5'001U);
    EXPECT_EQ(share.version, 0x20000020U);
    EXPECT_EQ(share.extranonce.size(), 8U);
    ASSERT_TRUE(submit(1, job, 2));
    EXPECT_EQ(last_said<sv2::SubmitSharesExtended>().message.sequence_number, 2U);
}

TEST_F(PoolClientTest, AShareThatNobodyCanCreditIsNotSent) {
    set_up();
    open(1);
    open(2);
    auto job = start(1, 1);
    EXPECT_FALSE(submit(9, job, 1));
    auto other = job;
    other.id = 0;
    EXPECT_FALSE(submit(1, other, 1));
    other.id = job.id + 1;
    EXPECT_FALSE(submit(1, other, 1));
    other = job;
    other.extranonce_size = 7;
    EXPECT_FALSE(submit(1, other, 1));
    // A job from before the channel was opened.
    open(3);
    EXPECT_FALSE(submit(3, job, 1));
    EXPECT_THAT(effects.frames, IsEmpty());
}

TEST_F(PoolClientTest, EveryShareGetsThePoolsAnswer) {
    set_up();
    open(1);
    const auto job = start(1, 1);
    for (std::uint64_t ticket = 11; ticket <= 14; ++ticket) ASSERT_TRUE(submit(1, job, ticket));
    now += 100ms;
    hear(sv2::SubmitSharesError{
        .channel_id = {1}, .sequence_number = 2, .error_code = "duplicate-share"});
    ASSERT_EQ(events<ShareAnswered>().size(), 1U);
    const auto rejected = events<ShareAnswered>().at(0);
    EXPECT_EQ(rejected.channel, ChannelHandle{1'001});
    EXPECT_EQ(rejected.ticket, ShareTicket{12});
    EXPECT_EQ(rejected.verdict, Verdict::duplicate);
    EXPECT_EQ(rejected.code, "duplicate-share");
    EXPECT_EQ(rejected.waited, 100ms);
    hear(sv2::SubmitSharesSuccess{.channel_id = {1},
                                  .last_sequence_number = 4,
                                  .new_submits_accepted_count = 3,
                                  .new_shares_sum = 3});
    std::vector<std::uint64_t> tickets;
    for (const auto& answer : events<ShareAnswered>()) {
        EXPECT_EQ(answer.verdict, Verdict::accepted);
        EXPECT_EQ(answer.code, "");
        tickets.push_back(answer.ticket.value);
    }
    EXPECT_THAT(tickets, ElementsAre(11, 13, 14));
    EXPECT_EQ(effects.oddities, 0U);
    hear_more(sv2::SubmitSharesError{
        .channel_id = {1}, .sequence_number = 4, .error_code = "stale-share"});
    EXPECT_EQ(effects.oddities, 1U);
}

TEST_F(PoolClientTest, C094_CodesBecomeVerdictsAndUnknownOnesAreRejections) {
    const struct {
        std::string_view code;
        Verdict verdict;
    } cases[] = {
        {"stale-share", Verdict::stale},
        {"invalid-job-id", Verdict::stale},
        {"duplicate-share", Verdict::duplicate},
        {"difficulty-too-low", Verdict::low},
        {"too-low-difficulty", Verdict::low},
        {"invalid-share", Verdict::rejected},
        {"bad-extranonce-size", Verdict::rejected},
        {"of-our-own-making", Verdict::rejected},
    };
    set_up();
    open(1);
    const auto job = start(1, 1);
    std::uint32_t sequence_number = 0;
    for (const auto& [code, verdict] : cases) {
        SCOPED_TRACE(code);
        ASSERT_TRUE(submit(1, job, 1));
        hear(sv2::SubmitSharesError{
            .channel_id = {1}, .sequence_number = ++sequence_number, .error_code = code});
        EXPECT_EQ(events<ShareAnswered>().at(0).verdict, verdict);
    }
}

TEST_F(PoolClientTest, WhatWasOnItsWayWhenTheConnectionEndedHasAnEnd) {
    set_up();
    open(1);
    const auto job = start(1, 1);
    ASSERT_TRUE(submit(1, job, 5));
    ask(1'002);
    ask(1'003);
    client->abandon({1'003});
    effects = {};
    client->on_end(now, effects);
    EXPECT_EQ(events<ShareAnswered>().at(0).verdict, Verdict::unknown);
    std::vector<std::uint64_t> lost;
    for (const auto& event : events<Lost>()) lost.push_back(event.channel.value);
    EXPECT_THAT(lost, ElementsAre(1'001, 1'002));
    EXPECT_FALSE(client->is_set_up());
}

TEST_F(PoolClientTest, APoolThatStopsAnsweringSharesCostsNoMemoryWithoutEnd) {
    set_up();
    open(1);
    const auto job = start(1, 1);
    std::size_t unknown = 0;
    for (std::uint64_t i = 1; i <= PoolClient::unanswered_max + 10; ++i) {
        ASSERT_TRUE(submit(1, job, i));
        unknown += events<ShareAnswered>().size();
    }
    EXPECT_EQ(unknown, 10U);
    effects = {};
    now += PoolClient::answer_deadline + 1s;
    hear_more(sv2::SetTarget{.channel_id = {1}, .maximum_target = filled(1)});
    client->on_tick(now, effects);
    EXPECT_EQ(events<ShareAnswered>().size(), PoolClient::unanswered_max);
    EXPECT_EQ(failed_as(), "");
}

TEST_F(PoolClientTest, AnsweredNotAtAllItGivesThePoolUp) {
    make();
    client->on_tick(now + PoolClient::setup_deadline + 1ms, effects);
    EXPECT_EQ(failed_as(), "late");
    set_up();
    ask(1'001);
    client->on_tick(now + PoolClient::open_deadline, effects);
    EXPECT_EQ(failed_as(), "");
    client->on_tick(now + PoolClient::open_deadline + 1ms, effects);
    EXPECT_EQ(failed_as(), "late");
    set_up();
    open(1);
    client->on_tick(now + PoolClient::first_job_deadline + 1ms, effects);
    EXPECT_EQ(failed_as(), "late");
    EXPECT_THAT(effects.failure->why, HasSubstr("no job"));
}

TEST_F(PoolClientTest, OneOpenWithoutAnAnswerDoesNotCostTheChannelsThatWork) {
    set_up();
    open(1);
    start(1, 1);
    ask(1'002);
    now += PoolClient::open_deadline + 1ms;
    hear(sv2::SetTarget{.channel_id = {1}});
    client->on_tick(now, effects);
    EXPECT_EQ(failed_as(), "");
    ASSERT_EQ(events<Lost>().size(), 1U);
    EXPECT_EQ(events<Lost>().at(0).channel, ChannelHandle{1'002});
    effects = {};
    client->on_tick(now + 1s, effects);
    EXPECT_EQ(events<Lost>().size(), 0U) << "said once";
    EXPECT_EQ(client->open_requests(), 1U) << "it still counts against the pool's patience";
    grant(2);
    EXPECT_THAT(said_names(), ElementsAre("CloseChannel"));
    ask(1'003);
    now += PoolClient::open_patience + 1ms;
    hear(sv2::SetTarget{.channel_id = {1}});
    client->on_tick(now, effects);
    EXPECT_EQ(failed_as(), "late");
}

TEST_F(PoolClientTest, APoolThatAnsweredAProbeMustAnswerTheNext) {
    set_up();
    open(1);
    EXPECT_THAT(said_names(), ElementsAre("UpdateChannel"));  // which does not exist
    const auto probe = last_said<sv2::UpdateChannel>().message;
    hear(sv2::UpdateChannelError{.channel_id = probe.channel_id,
                                 .error_code = "invalid-channel-id"});
    start(1, 1);
    EXPECT_TRUE(client->answers_probes());
    effects = {};
    client->on_tick(now + 60s, effects);
    EXPECT_THAT(said_names(), ElementsAre("UpdateChannel"));
    client->on_tick(now + 70s, effects);
    EXPECT_EQ(failed_as(), "silent");
}

TEST_F(PoolClientTest, C088_PassesOnWhereThePoolSendsIt) {
    set_up();
    hear(sv2::Reconnect{.new_host = "other", .new_port = 0});
    ASSERT_TRUE(effects.reconnect);
    EXPECT_EQ(effects.reconnect->host, "other");
    EXPECT_EQ(effects.reconnect->port, 0);
    EXPECT_EQ(failed_as(), "");
}

TEST_F(PoolClientTest, WhatIsAgainstTheProtocolEndsTheConnection) {
    set_up();
    hear(sv2::SetupConnectionSuccess{.used_version = 2});
    EXPECT_EQ(failed_as(), "violation");
    make();
    hear(sv2::SetupConnectionSuccess{.used_version = 3});
    EXPECT_EQ(failed_as(), "violation");
    make();
    hear(sv2::SetTarget{.channel_id = {1}});
    EXPECT_EQ(failed_as(), "violation");
    set_up();
    grant(1);
    EXPECT_EQ(failed_as(), "violation") << "a channel that was not asked for";
    set_up();
    open(1);
    ask(1'002);
    hear(sv2::OpenExtendedMiningChannelSuccess{
        .request_id = {2}, .channel_id = {1}, .extranonce_size = 8});
    EXPECT_EQ(failed_as(), "violation") << "one channel twice";
    set_up();
    open(1);
    ask(1'002);
    hear(sv2::OpenExtendedMiningChannelSuccess{
        .request_id = {2}, .channel_id = group, .extranonce_size = 8});
    EXPECT_EQ(failed_as(), "violation") << "a channel with a group's name";
    for (const std::uint16_t size : {std::uint16_t{0}, std::uint16_t{29}}) {
        set_up();
        ask(1'001);
        hear(sv2::OpenExtendedMiningChannelSuccess{.request_id = {1},
                                                   .channel_id = {1},
                                                   .extranonce_size = size,
                                                   .extranonce_prefix = prefix(1)});
        EXPECT_EQ(failed_as(), "violation") << size;
    }
    set_up();
    const base::Bytes cut(3);
    client->on_frame({.message_type = sv2::OpenMiningChannelError::info.message_type}, cut, now,
                     effects);
    EXPECT_EQ(failed_as(), "violation") << "malformed";
}

TEST_F(PoolClientTest, AFewMessagesOutOfPlaceAreCountedAndManyEndTheConnection) {
    set_up();
    effects = {};
    for (std::size_t i = 0; i < sv2::limits::anomalies_per_connection_max; ++i)
        hear_more(sv2::SubmitSharesStandard{});
    EXPECT_EQ(effects.oddities, sv2::limits::anomalies_per_connection_max);
    EXPECT_EQ(failed_as(), "");
    hear_more(sv2::SubmitSharesStandard{});
    EXPECT_EQ(failed_as(), "violation");
}

}  // namespace
}  // namespace translator
