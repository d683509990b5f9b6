#include "sv2/vectors.h"

#include <gtest/gtest.h>

#include "sv2/message_table.h"
#include "sv2/testing.h"
#include "sv2/tlv.h"

namespace sv2 {
namespace {

using testing::bytes_of;
using testing::filled;
using testing::hex_of;
using testing::payload_of;
using testing::u256_of;

constexpr std::string_view difficulty_1 =
    "0000000000000000000000000000000000000000000000000000ffff00000000";

// The message encodes to the vector and the vector decodes to the message.
template <class M>
void expect_vector(std::string_view frame_hex, const M& message) {
    SCOPED_TRACE(M::info.name);
    EXPECT_EQ(hex_of(encode(message)), frame_hex);
    const auto frame = bytes_of(frame_hex);
    EXPECT_EQ(testing::header_of_frame(frame), header_of<M>(frame.size() - frame_header_size));
    const auto decoded = decode_with_tlvs<M>(payload_of(frame));
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->message, message);
    EXPECT_TRUE(decoded->tlv_area.empty());
}

TEST(Sv2Vectors, CommonMessagesMatchInBothDirections) {
    expect_vector(vectors::setup_connection,
                  SetupConnection{.protocol = Protocol::template_distribution,
                                  .min_version = 2,
                                  .max_version = 2,
                                  .flags = 1,
                                  .endpoint_host = "0.0.0.0",
                                  .endpoint_port = 8545,
                                  .vendor = "Bitmain",
                                  .hardware_version = "S9i 13.5",
                                  .firmware = "braiins-os-2018-09-22-1-hash",
                                  .device_id = "some-device-uuid"});
    expect_vector(vectors::setup_connection_success,
                  SetupConnectionSuccess{.used_version = 2, .flags = 3});
    expect_vector(vectors::setup_connection_error,
                  SetupConnectionError{.error_code = error_code::protocol_version_mismatch});
}

TEST(Sv2Vectors, TemplateMessagesMatchInBothDirections) {
    const auto prefix = bytes_of("03012100");
    const auto outputs = bytes_of("0100000000000000036a012a");
    const std::vector path{
        u256_of("1a6240823de4c8d6aaf826851bdf2b0e8d5acf7c31e8578cff4c394b5a32bd4e")};
    expect_vector(vectors::new_template,
                  NewTemplate{.template_id = TemplateId{1},
                              .version = 0x30000000,
                              .coinbase_tx_version = 2,
                              .coinbase_prefix = prefix,
                              .coinbase_tx_input_sequence = 0xffffffff,
                              .coinbase_tx_value_remaining = 2100000000000000,
                              .coinbase_tx_outputs_count = 1,
                              .coinbase_tx_outputs = outputs,
                              .coinbase_tx_locktime = 903387,
                              .merkle_path = path});
    expect_vector(
        vectors::template_set_new_prev_hash,
        TemplateSetNewPrevHash{
            .template_id = TemplateId{2},
            .prev_hash =
                u256_of("e59a2ef8d4826b89fe637f3b5322c0f167fd2d3dc88ec568a7c2c8ffd8eb8873"),
            .header_timestamp = 1661877399,
            .nbits = 0x037fffff,
            .target = u256_of("ffff7f0000000000000000000000000000000000000000000000000000000000")});
    expect_vector(vectors::coinbase_output_constraints,
                  CoinbaseOutputConstraints{.coinbase_output_max_additional_size = 43});
}

TEST(Sv2Vectors, OpeningOfChannelsMatchesInBothDirections) {
    expect_vector(vectors::open_standard, OpenStandardMiningChannel{.request_id = RequestId{1},
                                                                    .user_identity = "acct.w1",
                                                                    .nominal_hash_rate = 1e14F,
                                                                    .max_target = filled(0xff)});
    const auto prefix = bytes_of("0001000000000007");
    expect_vector(vectors::open_standard_success,
                  OpenStandardMiningChannelSuccess{.request_id = RequestId{1},
                                                   .channel_id = ChannelId{7},
                                                   .target = u256_of(difficulty_1),
                                                   .extranonce_prefix = prefix,
                                                   .group_channel_id = ChannelId{3}});
    expect_vector(vectors::open_extended, OpenExtendedMiningChannel{.request_id = RequestId{2},
                                                                    .user_identity = "acct.w1",
                                                                    .nominal_hash_rate = 1e14F,
                                                                    .max_target = filled(0xff),
                                                                    .min_extranonce_size = 8});
    const std::vector channels{ChannelId{7}, ChannelId{8}};
    expect_vector(vectors::set_group_channel,
                  SetGroupChannel{.group_channel_id = ChannelId{3}, .channel_ids = channels});
}

TEST(Sv2Vectors, JobsMatchInBothDirections) {
    U256 root{};
    for (std::size_t i = 0; i < root.size(); ++i) root[i] = static_cast<std::byte>(i);
    expect_vector(vectors::future_job, NewMiningJob{.channel_id = ChannelId{7},
                                                    .job_id = JobId{1},
                                                    .version = 0x20000000,
                                                    .merkle_root = root});
    expect_vector(vectors::active_job, NewMiningJob{.channel_id = ChannelId{7},
                                                    .job_id = JobId{2},
                                                    .min_ntime = 0x680b69e1,
                                                    .version = 0x20000000,
                                                    .merkle_root = root});
    const auto prefix = bytes_of("0200");
    const auto suffix = bytes_of("ff");
    const std::vector path{filled(0xaa)};
    expect_vector(vectors::new_extended_job, NewExtendedMiningJob{.channel_id = ChannelId{3},
                                                                  .job_id = JobId{5},
                                                                  .version = 0x20000000,
                                                                  .version_rolling_allowed = true,
                                                                  .merkle_path = path,
                                                                  .coinbase_tx_prefix = prefix,
                                                                  .coinbase_tx_suffix = suffix});
    expect_vector(
        vectors::set_new_prev_hash,
        SetNewPrevHash{.channel_id = ChannelId{7},
                       .job_id = JobId{1},
                       .prev_hash = u256_of(
                           "6fe28c0ab6f1b372c1a6a246ae63f74f931e8365e15a089c68d6190000000000"),
                       .min_ntime = 0x680b69e1,
                       .nbits = 0x1b00d7c0});
    expect_vector(vectors::set_target,
                  SetTarget{.channel_id = ChannelId{7}, .maximum_target = u256_of(difficulty_1)});
}

TEST(Sv2Vectors, SharesMatchInBothDirections) {
    expect_vector(vectors::submit_standard, SubmitSharesStandard{.channel_id = ChannelId{7},
                                                                 .sequence_number = 1,
                                                                 .job_id = JobId{1},
                                                                 .nonce = 0x12345678,
                                                                 .ntime = 0x680b69e1,
                                                                 .version = 0x20000020});
    const auto extranonce = bytes_of("0102030405060708");
    const SubmitSharesExtended extended{.channel_id = ChannelId{7},
                                        .sequence_number = 1,
                                        .job_id = JobId{1},
                                        .nonce = 0x12345678,
                                        .ntime = 0x680b69e1,
                                        .version = 0x20000020,
                                        .extranonce = extranonce};
    expect_vector(vectors::submit_extended, extended);
    expect_vector(vectors::submit_success, SubmitSharesSuccess{.channel_id = ChannelId{7},
                                                               .last_sequence_number = 9,
                                                               .new_submits_accepted_count = 10,
                                                               .new_shares_sum = 100});
    expect_vector(vectors::submit_error, SubmitSharesError{.channel_id = ChannelId{7},
                                                           .sequence_number = 4,
                                                           .error_code = error_code::stale_share});
}

TEST(Sv2Vectors, C016_AShareWithAWorkerKeepsTheHeaderOfTheCore) {
    const auto frame = bytes_of(vectors::submit_extended_with_worker);
    EXPECT_EQ(testing::header_of_frame(frame).extension_type, core_extension);
    const auto decoded = decode_with_tlvs<SubmitSharesExtended>(payload_of(frame));
    ASSERT_TRUE(decoded);
    EXPECT_EQ(user_identity_of(decoded->tlv_area).value(), "Worker_001");
    base::Bytes tlvs;
    append_user_identity("Worker_001", tlvs);
    EXPECT_EQ(hex_of(encode(decoded->message, tlvs)), vectors::submit_extended_with_worker);
}

TEST(Sv2Vectors, NegotiationMatchesInBothDirections) {
    const std::vector<std::uint16_t> extensions{0x0002};
    expect_vector(
        vectors::request_extensions,
        RequestExtensions{.request_id = ExtensionRequestId{1}, .requested_extensions = extensions});
    expect_vector(vectors::request_extensions_success,
                  RequestExtensionsSuccess{.request_id = ExtensionRequestId{1},
                                           .supported_extensions = extensions});
}

TEST(Sv2Vectors, C012_EveryTruncationOfEveryVectorIsRefused) {
    for (const auto hex : vectors::all) {
        // The share with a TLV is whole without it, and then truncated like the one before it.
        if (hex == vectors::submit_extended_with_worker) continue;
        SCOPED_TRACE(hex);
        const auto frame = bytes_of(hex);
        const auto header = testing::header_of_frame(frame);
        for (std::size_t size = 0; size < frame.size() - frame_header_size; ++size) {
            SCOPED_TRACE(size);
            const testing::ExactBytes cut{payload_of(frame).first(size)};
            const bool is_known = decode_any(header, cut.view(), [](const auto& result) {
                EXPECT_TRUE(!result && result.error() == DecodeError::overrun);
            });
            EXPECT_TRUE(is_known);
        }
    }
}

}  // namespace
}  // namespace sv2
