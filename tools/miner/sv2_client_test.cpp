#include "miner/sv2_client_testing.h"
#include "sv2/message_table.h"
#include "sv2/setup_flags.h"

namespace miner {
namespace {

TEST_F(Sv2ClientTest, C066_C077_C078_SendsSetupConnectionFirstAndNamesItsVendor) {
    Sv2Client client{{.host = "pool.example", .port = 34254, .requires_standard_jobs = true}, 1};
    const auto sends = all_of<Send>(client.on_connected(start));
    ASSERT_EQ(sends.size(), 1U);
    const auto setup = sent_as<sv2::SetupConnection>(sends).at(0);
    EXPECT_EQ(setup.protocol, sv2::Protocol::mining);
    EXPECT_EQ(setup.min_version, 2);
    EXPECT_EQ(setup.max_version, 2);
    EXPECT_EQ(setup.flags, sv2::mining_client_flag::requires_standard_jobs);
    EXPECT_EQ(setup.endpoint_host, "pool.example");
    EXPECT_EQ(setup.endpoint_port, 34254);
    EXPECT_FALSE(setup.vendor.empty());
    EXPECT_FALSE(setup.hardware_version.empty());
    EXPECT_TRUE(setup.device_id.empty());
}

TEST_F(Sv2ClientTest, C098_C103_OpensItsChannelsUnderDistinctRequestIds) {
    Sv2Client client{{.users = {"acct.w1", "acct.w2"},
                      .nominal_hash_rate_hps = 1e6F,
                      .standard_channels = 2,
                      .extended_channels = 1,
                      .min_extranonce_size = 6},
                     1};
    static_cast<void>(client.on_connected(start));
    const auto sends = all_of<Send>(
        client.on_message(sv2::encode(sv2::SetupConnectionSuccess{.used_version = 2}), start));
    const auto standard = sent_as<sv2::OpenStandardMiningChannel>(sends);
    const auto extended = sent_as<sv2::OpenExtendedMiningChannel>(sends);
    ASSERT_EQ(standard.size(), 2U);
    ASSERT_EQ(extended.size(), 1U);
    EXPECT_NE(standard[0].request_id, standard[1].request_id);
    EXPECT_NE(standard[0].request_id, extended[0].request_id);
    EXPECT_NE(standard[1].request_id, extended[0].request_id);
    EXPECT_EQ(standard[0].user_identity, "acct.w1");
    EXPECT_EQ(standard[1].user_identity, "acct.w2");
    EXPECT_EQ(extended[0].user_identity, "acct.w1") << "they take turns";
    EXPECT_EQ(extended[0].nominal_hash_rate, 1e6F);
    EXPECT_EQ(extended[0].min_extranonce_size, 6);
}

TEST_F(Sv2ClientTest, C075_C084_OpensNoStandardChannelWhereOnlyExtendedOnesAreServed) {
    const auto flags = sv2::mining_server_flag::requires_extended_channels;
    Sv2Client client{{.standard_channels = 1, .extended_channels = 1}, 1};
    static_cast<void>(client.on_connected(start));
    const auto setup = sv2::encode(sv2::SetupConnectionSuccess{.used_version = 2, .flags = flags});
    const auto effects = client.on_message(setup, start);
    EXPECT_TRUE(sent_as<sv2::OpenStandardMiningChannel>(all_of<Send>(effects)).empty());
    EXPECT_EQ(sent_as<sv2::OpenExtendedMiningChannel>(all_of<Send>(effects)).size(), 1U);
    EXPECT_EQ(all_of<ChannelRefused>(effects).size(), 1U);

    Sv2Client standard_only{{.standard_channels = 1}, 1};
    static_cast<void>(standard_only.on_connected(start));
    EXPECT_TRUE(all_of<Disconnect>(standard_only.on_message(setup, start)).at(0).is_refusal);
}

TEST_F(Sv2ClientTest, SaysWhyThePoolRefusesTheConnection) {
    client_ = Sv2Client{{.standard_channels = 1}, 1};
    static_cast<void>(client_.on_connected(start));
    const auto refusal = all_of<Disconnect>(
        receive(sv2::SetupConnectionError{.error_code = sv2::error_code::unsupported_protocol}));
    ASSERT_EQ(refusal.size(), 1U);
    EXPECT_TRUE(refusal[0].is_refusal);
    EXPECT_NE(refusal[0].reason.find("unsupported-protocol"), std::string::npos);
}

TEST_F(Sv2ClientTest, GivesUpWhenNoChannelIsOpenedAndSaysWhy) {
    set_up({.standard_channels = 2});
    const auto first = receive(sv2::OpenMiningChannelError{
        .request_id = RequestId{1}, .error_code = sv2::error_code::unknown_user});
    EXPECT_EQ(all_of<ChannelRefused>(first).at(0).error_code, "unknown-user");
    EXPECT_TRUE(all_of<Disconnect>(first).empty()) << "the other one may open";
    const auto second = receive(
        sv2::OpenMiningChannelError{.request_id = RequestId{2}, .error_code = "bad\x1b[2Jcode"});
    EXPECT_TRUE(all_of<Disconnect>(second).at(0).is_refusal);
    EXPECT_EQ(all_of<ChannelRefused>(second).at(0).error_code, "bad?[2Jcode");
}

TEST_F(Sv2ClientTest, C141_HoldsAFutureJobUntilSetNewPrevHashNamesIt) {
    set_up_both();
    EXPECT_TRUE(receive(standard_job(ChannelId{7}, 1)).empty());
    EXPECT_TRUE(receive(standard_job(ChannelId{7}, 2)).empty());
    const auto works = all_of<SetWork>(receive(tip(ChannelId{7}, 1)));
    ASSERT_EQ(works.size(), 1U);
    const auto& work = works[0].work;
    EXPECT_EQ(work.job_id, JobId{1});
    EXPECT_EQ(work.min_ntime, 5000U);
    EXPECT_EQ(work.nbits, 0x1b00d7c0U);
    EXPECT_EQ(std::get<bitcoin::Uint256>(work.root), bitcoin::Uint256::from_bytes(filled(1)));
    EXPECT_EQ(work.prev_hash.value, bitcoin::Uint256::from_bytes(filled(0xcc)));
    EXPECT_EQ(work.version_mask, sv2::version_rolling_mask);
    EXPECT_EQ(work.ntime_since, start);
}

TEST_F(Sv2ClientTest, C144_DropsAllOtherJobsAtANewTip) {
    set_up_both();
    static_cast<void>(receive(standard_job(ChannelId{7}, 1)));
    static_cast<void>(receive(standard_job(ChannelId{7}, 2)));
    static_cast<void>(receive(tip(ChannelId{7}, 1)));
    const auto effects = receive(tip(ChannelId{7}, 2));
    EXPECT_TRUE(all_of<SetWork>(effects).empty());
    EXPECT_EQ(all_of<ClearWork>(effects).size(), 1U);
    EXPECT_EQ(all_of<Warning>(effects).size(), 1U);
}

TEST_F(Sv2ClientTest, C140_C142_TurnsToAnActiveJobAtOnceUnderTheLastTip) {
    set_up_both();
    static_cast<void>(work_of(ChannelId{7}, 1));
    static_cast<void>(receive(standard_job(ChannelId{7}, 3)));
    auto last = tip(ChannelId{7}, 3);
    last.prev_hash = filled(0xdd);
    static_cast<void>(receive(last));
    auto job = standard_job(ChannelId{7}, 2);
    job.min_ntime = 5010;
    const auto works = all_of<SetWork>(receive(job, start + 20s));
    ASSERT_EQ(works.size(), 1U);
    EXPECT_EQ(works[0].work.job_id, JobId{2});
    EXPECT_EQ(works[0].work.prev_hash.value, bitcoin::Uint256::from_bytes(filled(0xdd)));
    EXPECT_EQ(works[0].work.min_ntime, 5010U);
    EXPECT_EQ(works[0].work.ntime_since, start + 20s);
    EXPECT_EQ(works[0].work.nbits, 0x1b00d7c0U);
}

TEST_F(Sv2ClientTest, DoesNothingWithAnActiveJobBeforeTheFirstTip) {
    set_up_both();
    auto job = standard_job(ChannelId{7}, 1);
    job.min_ntime = 5000;
    const auto effects = receive(job);
    EXPECT_TRUE(all_of<SetWork>(effects).empty());
    EXPECT_EQ(all_of<Warning>(effects).size(), 1U);
}

TEST_F(Sv2ClientTest, C148_KeepsABoundedNumberOfFutureJobs) {
    set_up_both();
    for (std::uint32_t job = 1; job <= 17; ++job)
        static_cast<void>(receive(standard_job(ChannelId{7}, job)));
    EXPECT_TRUE(all_of<SetWork>(receive(tip(ChannelId{7}, 1))).empty()) << "given way";
    for (std::uint32_t job = 1; job <= 17; ++job)
        static_cast<void>(receive(standard_job(ChannelId{7}, job)));
    EXPECT_EQ(all_of<SetWork>(receive(tip(ChannelId{7}, 2))).size(), 1U);
}

TEST_F(Sv2ClientTest, C118_C130_C162_AppliesWhatIsForTheGroupToEveryMember) {
    set_up_both();
    EXPECT_TRUE(receive(extended_job(group, 1)).empty());
    static_cast<void>(receive(sv2::SetTarget{.channel_id = group, .maximum_target = filled(0x01)}));
    const auto works = all_of<SetWork>(receive(tip(group, 1)));
    ASSERT_EQ(works.size(), 2U);
    for (const auto& [work] : works) {
        EXPECT_EQ(work.job_id, JobId{1});
        EXPECT_EQ(work.target.value, bitcoin::Uint256::from_bytes(filled(0x01)));
        EXPECT_EQ(work.extranonce_prefix, prefix_);
        EXPECT_EQ(work.extranonce_size, work.channel == 0 ? 0U : 4U);
    }
    const auto closed = receive(sv2::CloseChannel{.channel_id = group, .reason_code = "bye"});
    EXPECT_EQ(all_of<ChannelClosed>(closed).size(), 2U);
    EXPECT_EQ(all_of<ClearWork>(closed).size(), 2U);
    EXPECT_FALSE(all_of<Disconnect>(closed).at(0).is_refusal);
}

TEST_F(Sv2ClientTest, FollowsAChannelIntoAnotherGroup) {
    set_up_both();
    const std::vector moved{ChannelId{8}};
    static_cast<void>(
        receive(sv2::SetGroupChannel{.group_channel_id = ChannelId{200}, .channel_ids = moved}));
    static_cast<void>(receive(extended_job(ChannelId{200}, 1)));
    const auto works = all_of<SetWork>(receive(tip(ChannelId{200}, 1)));
    ASSERT_EQ(works.size(), 1U);
    EXPECT_EQ(works[0].work.channel, 1U);
}

TEST_F(Sv2ClientTest, C160_C161_AppliesATargetToJobsThatWaitAndNotToTheActiveOne) {
    set_up_both();
    const auto before = work_of(ChannelId{7}, 1);
    EXPECT_EQ(before.target.value, bitcoin::Uint256::from_bytes(filled(0x10)));
    static_cast<void>(receive(standard_job(ChannelId{7}, 2)));
    EXPECT_TRUE(receive(sv2::SetTarget{.channel_id = ChannelId{7}, .maximum_target = filled(0x02)})
                    .empty());
    const auto after = all_of<SetWork>(receive(tip(ChannelId{7}, 2))).at(0).work;
    EXPECT_EQ(after.target.value, bitcoin::Uint256::from_bytes(filled(0x02)));
}

TEST_F(Sv2ClientTest, C133_AppliesAPrefixToLaterJobsOnly) {
    set_up_both();
    static_cast<void>(receive(extended_job(ChannelId{8}, 1)));
    const auto changed = bytes_of("0001000000000099");
    static_cast<void>(receive(
        sv2::SetExtranoncePrefix{.channel_id = ChannelId{8}, .extranonce_prefix = changed}));
    const auto first = all_of<SetWork>(receive(tip(ChannelId{8}, 1))).at(0).work;
    EXPECT_EQ(first.extranonce_prefix, prefix_);
    auto job = extended_job(ChannelId{8}, 2);
    job.min_ntime = 5000;
    EXPECT_EQ(all_of<SetWork>(receive(job)).at(0).work.extranonce_prefix, changed);
}

TEST_F(Sv2ClientTest, ClosesAChannelWhosePrefixHasBecomeTooLong) {
    set_up_both();
    const base::Bytes long_prefix(29, std::byte{1});
    const auto effects = receive(
        sv2::SetExtranoncePrefix{.channel_id = ChannelId{8}, .extranonce_prefix = long_prefix});
    EXPECT_EQ(sent_as<sv2::CloseChannel>(all_of<Send>(effects)).at(0).channel_id, ChannelId{8});
    EXPECT_EQ(client_.open_channels(), 1U);
}

TEST_F(Sv2ClientTest, C075_RollsNoVersionsWhereThePoolFixesThem) {
    set_up({.standard_channels = 1, .extended_channels = 1},
           sv2::mining_server_flag::requires_fixed_version);
    static_cast<void>(open_standard(1, ChannelId{7}));
    static_cast<void>(open_extended(2, ChannelId{8}));
    EXPECT_EQ(work_of(ChannelId{7}, 1).version_mask, 0U);
}

TEST_F(Sv2ClientTest, C164_C165_C180_SubmitsWholeSharesInSequence) {
    set_up_both();
    const auto standard = work_of(ChannelId{7}, 1);
    static_cast<void>(receive(extended_job(ChannelId{8}, 1)));
    const auto extended = all_of<SetWork>(receive(tip(ChannelId{8}, 1))).at(0).work;
    for (std::uint32_t sequence = 1; sequence <= 3; ++sequence) {
        const auto effects = client_.on_share_found(share_of(standard), start);
        const auto written = all_of<ShareSubmitted>(effects);
        ASSERT_EQ(written.size(), 1U);
        EXPECT_EQ(written[0].sequence_number, sequence);
        EXPECT_TRUE(std::holds_alternative<ShareSubmitted>(effects.front())) << "before it is sent";
        const auto sends = all_of<Send>(effects);
        const auto share = sent_as<sv2::SubmitSharesStandard>(sends).at(0);
        EXPECT_EQ(share, (sv2::SubmitSharesStandard{.channel_id = ChannelId{7},
                                                    .sequence_number = sequence,
                                                    .job_id = JobId{1},
                                                    .nonce = 42,
                                                    .ntime = 5000,
                                                    .version = 0x20000020}));
    }
    const auto sends = all_of<Send>(client_.on_share_found(share_of(extended), start));
    const auto share = sent_as<sv2::SubmitSharesExtended>(sends).at(0);
    EXPECT_EQ(share.sequence_number, 1U) << "each channel counts for itself";
    EXPECT_EQ(share.extranonce, sv2::B0_32{bytes_of("09090909")});
    EXPECT_EQ(client_.outstanding(), 4U);
}

TEST_F(Sv2ClientTest, SubmitsSharesOfEarlierJobsUnderTheSameTipOnly) {
    set_up_both();
    const auto first = work_of(ChannelId{7}, 1);
    auto job = standard_job(ChannelId{7}, 2);
    job.min_ntime = 5000;
    static_cast<void>(receive(job));
    EXPECT_FALSE(client_.on_share_found(share_of(first), start).empty());
    static_cast<void>(work_of(ChannelId{7}, 3));
    EXPECT_TRUE(client_.on_share_found(share_of(first), start).empty()) << "stale";
    auto foreign = share_of(work_of(ChannelId{7}, 4));
    foreign.connection = 2;
    EXPECT_TRUE(client_.on_share_found(foreign, start).empty()) << "of another connection";
}

TEST_F(Sv2ClientTest, MatchesAnswersWithShares) {
    set_up_both();
    const auto work = work_of(ChannelId{7}, 1);
    for (int i = 0; i < 5; ++i) static_cast<void>(client_.on_share_found(share_of(work), start));
    const auto rejected = all_of<ShareRejected>(
        receive(sv2::SubmitSharesError{.channel_id = ChannelId{7},
                                       .sequence_number = 2,
                                       .error_code = sv2::error_code::difficulty_too_low}));
    EXPECT_EQ(rejected.at(0).error_code, "difficulty-too-low");
    const sv2::SubmitSharesSuccess success{.channel_id = ChannelId{7},
                                           .last_sequence_number = 4,
                                           .new_submits_accepted_count = 3,
                                           .new_shares_sum = 30};
    const auto effects = receive(success, start + 2ms);
    const auto accepted = all_of<SharesAccepted>(effects);
    ASSERT_EQ(accepted.size(), 1U);
    EXPECT_EQ(accepted[0].answer, success);
    EXPECT_EQ(accepted[0].waited.size(), 3U);
    EXPECT_EQ(accepted[0].waited[0], base::SteadyTime::duration{2ms});
    EXPECT_TRUE(all_of<Warning>(effects).empty());
    EXPECT_EQ(client_.outstanding(), 1U);
    EXPECT_EQ(all_of<Warning>(receive(success)).size(), 1U) << "more than was waiting";
}

TEST_F(Sv2ClientTest, CountsTheSharesThatAClosedChannelLeavesUnanswered) {
    set_up_both();
    const auto work = work_of(ChannelId{7}, 1);
    static_cast<void>(client_.on_share_found(share_of(work), start));
    const auto closed = receive(sv2::CloseChannel{.channel_id = ChannelId{7}});
    EXPECT_EQ(all_of<ChannelClosed>(closed).at(0).unanswered, 1U);
    EXPECT_TRUE(client_.on_share_found(share_of(work), start).empty());
    EXPECT_TRUE(all_of<Disconnect>(closed).empty()) << "the other channel is open";
}

TEST_F(Sv2ClientTest, C088_PassesOnWhereThePoolWantsItToGo) {
    set_up_both();
    const auto effects = receive(sv2::Reconnect{.new_host = "", .new_port = 4444});
    EXPECT_EQ(all_of<Redirect>(effects).at(0).host, "");
    EXPECT_EQ(all_of<Redirect>(effects).at(0).port, 4444);
    EXPECT_FALSE(all_of<Disconnect>(effects).at(0).is_refusal);
}

TEST_F(Sv2ClientTest, LeavesAPoolThatSendsAMalformedMessage) {
    set_up_both();
    auto frame = sv2::encode(sv2::SetTarget{.channel_id = ChannelId{7}});
    frame.pop_back();
    const auto effects = client_.on_message(frame, start);
    EXPECT_NE(all_of<Disconnect>(effects).at(0).reason.find("malformed SetTarget: overrun"),
              std::string::npos);
    EXPECT_TRUE(receive(standard_job(ChannelId{7}, 1)).empty()) << "it is over";
}

TEST_F(Sv2ClientTest, C070_LeavesAPoolThatSpeaksOutOfTurn) {
    client_ = Sv2Client{{.standard_channels = 1}, 1};
    static_cast<void>(client_.on_connected(start));
    EXPECT_EQ(all_of<Disconnect>(receive(standard_job(ChannelId{7}, 1))).size(), 1U);
    set_up_both();
    EXPECT_EQ(all_of<Disconnect>(receive(sv2::SetupConnectionSuccess{.used_version = 2})).size(),
              1U);
}

TEST_F(Sv2ClientTest, C023_C029_PassesOverWhatItDoesNotKnow) {
    set_up_both();
    EXPECT_TRUE(client_
                    .on_message(bytes_of("bc8a05040000"
                                         "07000000"),
                                start)
                    .empty());
    const auto unknown_type = bytes_of("00001e000000");
    EXPECT_EQ(all_of<Warning>(client_.on_message(unknown_type, start)).size(), 1U);
    EXPECT_TRUE(client_.on_message(unknown_type, start).empty()) << "said once";
    EXPECT_EQ(all_of<Warning>(receive(standard_job(ChannelId{55}, 1))).size(), 1U);
    EXPECT_EQ(all_of<Warning>(receive(standard_job(ChannelId{8}, 1))).size(), 1U) << "extended";
    EXPECT_EQ(all_of<Warning>(receive(extended_job(ChannelId{7}, 1))).size(), 1U) << "standard";
    EXPECT_EQ(client_.open_channels(), 2U);
}

TEST_F(Sv2ClientTest, C091_C232_C241_UsesNoExtensionThatItDidNotNegotiate) {
    set_up({.extended_channels = 1});
    static_cast<void>(open_extended(1, ChannelId{8}));
    static_cast<void>(receive(extended_job(ChannelId{8}, 1)));
    const auto work = all_of<SetWork>(receive(tip(ChannelId{8}, 1))).at(0).work;
    const auto submit = [&] {
        const auto sends = all_of<Send>(client_.on_share_found(share_of(work), start));
        const base::ByteView frame = sends.at(0).message;
        const auto header = sv2::decode_header(frame.first<sv2::frame_header_size>());
        EXPECT_EQ(header.extension_type, sv2::core_extension);
        EXPECT_TRUE(
            sv2::decode_with_tlvs<sv2::SubmitSharesExtended>(frame.subspan(sv2::frame_header_size))
                ->tlv_area.empty());
    };
    submit();
    // An agreement that it did not ask for is none, and another endpoint has nothing to reset.
    const std::vector<std::uint16_t> both{1, 2};
    EXPECT_TRUE(receive(sv2::RequestExtensionsSuccess{.supported_extensions = both}).empty());
    EXPECT_TRUE(receive(sv2::ChannelEndpointChanged{.channel_id = ChannelId{8}}).empty());
    submit();
}

TEST_F(Sv2ClientTest, C094_C095_DoesTheSameWhateverTheErrorSays) {
    for (const char* code : {"unknown-user", "stale-share", "", "no such code"}) {
        SCOPED_TRACE(code);
        set_up({.standard_channels = 1});
        const auto refused =
            receive(sv2::OpenMiningChannelError{.request_id = RequestId{1}, .error_code = code});
        EXPECT_EQ(all_of<ChannelRefused>(refused).at(0).error_code, code) << "for the log";
        EXPECT_TRUE(all_of<Send>(refused).empty());

        set_up_both();
        const auto work = work_of(ChannelId{7}, 1);
        static_cast<void>(client_.on_share_found(share_of(work), start));
        const auto rejected = receive(sv2::SubmitSharesError{
            .channel_id = ChannelId{7}, .sequence_number = 1, .error_code = code});
        EXPECT_EQ(rejected.size(), 1U);
        EXPECT_EQ(all_of<ShareRejected>(rejected).at(0).error_code, code) << "for the log";
        EXPECT_EQ(client_.open_channels(), 2U);
    }
}

TEST_F(Sv2ClientTest, SurvivesEveryTruncationAndEveryByteOfEveryMessage) {
    sv2::for_each_message([&]<class M>(std::type_identity<M>) {
        const auto whole = sv2::encode(M{});
        for (std::size_t size = 0; size <= whole.size(); ++size) {
            for (const unsigned filler : {0x00U, 0x01U, 0x07U, 0xffU}) {
                set_up_both();
                auto frame =
                    base::Bytes{whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)};
                for (std::size_t i = sv2::frame_header_size; i < frame.size(); ++i)
                    frame[i] = static_cast<std::byte>(filler);
                static_cast<void>(client_.on_message(frame, start));
                EXPECT_LE(client_.open_channels(), 2U);
            }
        }
    });
}

}  // namespace
}  // namespace miner
