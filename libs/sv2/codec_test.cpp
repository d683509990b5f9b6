#include "sv2/codec.h"

#include <gtest/gtest.h>

#include <cmath>
#include <deque>
#include <limits>

#include "sv2/message_table.h"
#include "sv2/testing.h"

namespace sv2 {
namespace {

using testing::bytes_of;
using testing::filled;
using testing::hex_of;
using testing::payload_of;

template <class T>
std::string wire_hex(const T& value) {
    base::Bytes bytes(Wire<T>::size(value));
    EXPECT_EQ(Wire<T>::write(bytes.data(), value), bytes.data() + bytes.size());
    return hex_of(bytes);
}

// The outcome of reading one field from exactly these bytes: nothing if it could be read and took
// all of them.
template <class T>
std::optional<DecodeError> error_of(std::string_view hex) {
    const testing::ExactBytes bytes{bytes_of(hex)};
    Reader reader{bytes.view()};
    T value{};
    if (!Wire<T>::read(reader, value)) return reader.error;
    EXPECT_EQ(reader.left(), 0U);
    return std::nullopt;
}

template <class T>
T value_of(std::string_view hex) {
    static std::deque<base::Bytes> kept;  // the value may borrow from them
    Reader reader{kept.emplace_back(bytes_of(hex))};
    T value{};
    EXPECT_TRUE(Wire<T>::read(reader, value));
    return value;
}

TEST(Sv2Codec, C001_WritesAndReadsIntegersLittleEndian) {
    EXPECT_EQ(wire_hex(std::uint8_t{0x12}), "12");
    EXPECT_EQ(wire_hex(std::uint16_t{0x1234}), "3412");
    EXPECT_EQ(wire_hex(std::uint32_t{0x12345678}), "78563412");
    EXPECT_EQ(wire_hex(std::uint64_t{0x123456789abcdef0}), "f0debc9a78563412");
    EXPECT_EQ(value_of<std::uint16_t>("3412"), 0x1234);
    EXPECT_EQ(value_of<std::uint32_t>("78563412"), 0x12345678U);
    EXPECT_EQ(value_of<std::uint64_t>("f0debc9a78563412"), 0x123456789abcdef0U);
}

TEST(Sv2Codec, C002_ReadsOnlyTheLowestBitOfABool) {
    for (const auto* hex : {"01", "03", "81", "ff"}) EXPECT_TRUE(value_of<bool>(hex)) << hex;
    for (const auto* hex : {"00", "02", "80", "fe"}) EXPECT_FALSE(value_of<bool>(hex)) << hex;
    EXPECT_EQ(wire_hex(true), "01");
    EXPECT_EQ(wire_hex(false), "00");
}

TEST(Sv2Codec, C004_WritesAU256AsItsBytesInOrder) {
    U256 value{};
    value[0] = std::byte{1};
    value[31] = std::byte{0x80};
    EXPECT_EQ(wire_hex(value), "01" + std::string(60, '0') + "80");
    EXPECT_EQ(value_of<U256>(wire_hex(value)), value);
}

TEST(Sv2Codec, C005_PrefixesShortTextAndBytesWithOneByteOfLength) {
    EXPECT_EQ(wire_hex(Str0_255{"abc"}), "03616263");
    EXPECT_EQ(wire_hex(Str0_255{}), "00");
    const base::Bytes longest(255, std::byte{7});
    EXPECT_EQ(wire_hex(B0_255{longest}).substr(0, 4), "ff07");
    EXPECT_EQ(value_of<Str0_255>("03616263"), "abc");
    EXPECT_EQ(value_of<Str0_255>("02000a"), std::string_view("\0\n", 2));
    EXPECT_EQ(error_of<Str0_255>("036162"), DecodeError::overrun);
    EXPECT_EQ(error_of<Str0_255>(""), DecodeError::overrun);
}

TEST(Sv2Codec, C006_RejectsB032LongerThan32) {
    const std::string bytes(2 * 33, '0');
    EXPECT_EQ(error_of<B0_32>("20" + bytes.substr(2)), std::nullopt);
    EXPECT_EQ(error_of<B0_32>("21" + bytes), DecodeError::too_long);
    EXPECT_EQ(error_of<B0_32>("ff"), DecodeError::too_long);
    EXPECT_EQ(error_of<B0_32>("20" + bytes.substr(4)), DecodeError::overrun);
}

TEST(Sv2Codec, C007_PrefixesB064KWithTwoBytesOfLength) {
    const base::Bytes bytes(0x0102, std::byte{0});
    EXPECT_EQ(wire_hex(B0_64K{bytes}).substr(0, 4), "0201");
    EXPECT_EQ(value_of<B0_64K>(wire_hex(B0_64K{bytes})), B0_64K{bytes});
    EXPECT_EQ(error_of<B0_64K>("ffff00"), DecodeError::overrun);
    EXPECT_EQ(error_of<B0_64K>("00"), DecodeError::overrun);
}

TEST(Sv2Codec, C008_PrefixesB016MWithThreeBytesOfLength) {
    const base::Bytes bytes(0x010203, std::byte{0});
    EXPECT_EQ(wire_hex(B0_16M{bytes}).substr(0, 6), "030201");
    EXPECT_EQ(value_of<B0_16M>(wire_hex(B0_16M{bytes})), B0_16M{bytes});
    EXPECT_EQ(error_of<B0_16M>("ffffff00"), DecodeError::overrun);
    EXPECT_EQ(error_of<B0_16M>("0000"), DecodeError::overrun);
}

TEST(Sv2Codec, C009_RejectsAnOptionCountAboveOne) {
    using Option = std::optional<std::uint32_t>;
    EXPECT_EQ(wire_hex(Option{}), "00");
    EXPECT_EQ(wire_hex(Option{0x680b69e1}), "01e1690b68");
    EXPECT_EQ(value_of<Option>("00"), std::nullopt);
    EXPECT_EQ(value_of<Option>("01e1690b68"), 0x680b69e1U);
    EXPECT_EQ(error_of<Option>("0200000000"), DecodeError::bad_option);
    EXPECT_EQ(error_of<Option>("ff"), DecodeError::bad_option);
    EXPECT_EQ(error_of<Option>("01e1690b"), DecodeError::overrun);
}

TEST(Sv2Codec, C011_WritesF32AsLittleEndianSinglePrecision) {
    EXPECT_EQ(wire_hex(1e14F), "21e6b556");
    EXPECT_EQ(wire_hex(0.0F), "00000000");
    EXPECT_EQ(value_of<float>("21e6b556"), 1e14F);
    EXPECT_TRUE(std::isnan(value_of<float>("0000c07f")));
    EXPECT_EQ(value_of<float>("0000807f"), std::numeric_limits<float>::infinity());
}

TEST(Sv2Codec, ReturnsWhatFollowsTheLastFieldAsTheTlvArea) {
    const SetTarget message{.channel_id = ChannelId{7}, .maximum_target = filled(1)};
    const auto extra = bytes_of("aabbcc");
    const auto frame = encode(message, extra);
    EXPECT_EQ(testing::header_of_frame(frame).payload_size, 36U + 3U);
    const auto decoded = decode_with_tlvs<SetTarget>(payload_of(frame));
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->message, message);
    EXPECT_EQ(hex_of(decoded->tlv_area), "aabbcc");
    EXPECT_EQ(decode<SetTarget>(payload_of(frame)).value(), message);
}

TEST(Sv2Codec, AppendsToWhatTheBufferHolds) {
    base::Bytes out = bytes_of("ff");
    append_frame(SetupConnectionSuccess{.used_version = 2}, out);
    append_frame(SetupConnectionSuccess{.used_version = 2}, out);
    EXPECT_EQ(hex_of(out), "ff000001060000020000000000000001060000020000000000");
}

TEST(Sv2Codec, BorrowsTextAndBytesFromThePayload) {
    const auto extranonce = bytes_of("0102030405060708");
    const auto frame = encode(SubmitSharesExtended{.extranonce = extranonce});
    const auto decoded = decode<SubmitSharesExtended>(payload_of(frame));
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->extranonce.data(), frame.data() + frame.size() - extranonce.size());
}

TEST(Sv2Codec, AcceptsAnExtendedSuccessThatEndsBeforeTheGroup) {
    const auto prefix = bytes_of("0001");
    const OpenExtendedMiningChannelSuccess message{.request_id = RequestId{1},
                                                   .channel_id = ChannelId{2},
                                                   .extranonce_size = 8,
                                                   .extranonce_prefix = prefix,
                                                   .group_channel_id = ChannelId{3}};
    const auto frame = encode(message);
    const auto payload = payload_of(frame);
    const auto old = decode<OpenExtendedMiningChannelSuccess>(payload.first(payload.size() - 4));
    ASSERT_TRUE(old);
    EXPECT_EQ(old->group_channel_id, ChannelId{0});
    EXPECT_EQ(old->extranonce_prefix, message.extranonce_prefix);
    for (const std::size_t missing : {1U, 2U, 3U, 5U})
        EXPECT_FALSE(
            decode<OpenExtendedMiningChannelSuccess>(payload.first(payload.size() - missing)))
            << missing;
}

TEST(Sv2Codec, C013_C014_StartsWithTheHeaderAndTheLengthOfThePlaintextPayload) {
    const auto frame = encode(SubmitSharesStandard{});
    EXPECT_EQ(frame.size(), frame_header_size + 24);
    EXPECT_EQ(testing::header_of_frame(frame),
              (FrameHeader{.channel_message = true, .message_type = 0x1a, .payload_size = 24}));
}

TEST(Sv2Codec, RefusesAnEmptyPayloadForEveryCoreMessage) {
    for_each_message([]<class M>(std::type_identity<M>) {
        EXPECT_FALSE(decode<M>(base::ByteView{})) << M::info.name;
    });
}

TEST(Sv2Codec, C108_PutsTheExtranonceSizeBeforeThePrefix) {
    const auto prefix = bytes_of("aabb");
    const auto frame = encode(OpenExtendedMiningChannelSuccess{
        .extranonce_size = 0x0102, .extranonce_prefix = prefix, .group_channel_id = ChannelId{9}});
    const auto hex = hex_of(frame);
    EXPECT_EQ(hex.substr(hex.size() - 18), "020102aabb09000000");
}

TEST(Sv2Codec, C188_CarriesTheOutputsOfCustomJobsAndTokensWithTheirCount) {
    // One output of 0 satoshis to OP_TRUE, behind its CompactSize count; the codec adds nothing.
    const auto outputs = bytes_of(
        "010000000000000000"
        "0151");
    const auto token = encode(AllocateMiningJobTokenSuccess{.coinbase_tx_outputs = outputs});
    EXPECT_EQ(hex_of(payload_of(token)),
              "00000000"
              "00"
              "0b00"
              "0100000000000000000151");
    const auto job = encode(SetCustomMiningJob{.coinbase_tx_outputs = outputs});
    EXPECT_EQ(decode<SetCustomMiningJob>(payload_of(job)).value().coinbase_tx_outputs,
              B0_64K{outputs});
}

TEST(Sv2Codec, C201_CarriesTheOutputsOfATemplateBesideTheirCount) {
    const auto outputs = bytes_of(
        "0000000000000000"
        "0151");
    const auto frame =
        encode(NewTemplate{.coinbase_tx_outputs_count = 1, .coinbase_tx_outputs = outputs});
    const auto decoded = decode<NewTemplate>(payload_of(frame));
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->coinbase_tx_outputs_count, 1U);
    EXPECT_EQ(decoded->coinbase_tx_outputs, B0_64K{outputs});
}

TEST(Sv2CodecDeathTest, AbortsWhenWePutTooMuchIntoAField) {
    const std::string long_text(256, 'x');
    EXPECT_DEATH(static_cast<void>(encode(Reconnect{.new_host = long_text})), "longer than");
}

}  // namespace
}  // namespace sv2
