#include "sv2/frame.h"

#include <gtest/gtest.h>

#include "sv2/codec.h"
#include "sv2/common_messages.h"
#include "sv2/mining_messages.h"
#include "sv2/testing.h"

namespace sv2 {
namespace {

using testing::bytes_of;
using testing::hex_of;

TEST(Sv2Frame, C003_WritesTheLengthInThreeBytes) {
    EXPECT_EQ(hex_of(encode_header({.message_type = 0x71, .payload_size = 0x010203})),
              "000071030201");
    EXPECT_EQ(hex_of(encode_header({.payload_size = payload_size_max})), "000000ffffff");
}

TEST(Sv2Frame, PutsTheChannelBitIntoTheTopOfTheSecondByte) {
    EXPECT_EQ(
        hex_of(encode_header({.channel_message = true, .message_type = 0x1a, .payload_size = 24})),
        "00801a180000");
    EXPECT_EQ(hex_of(encode_header({.extension_type = 0x0abc, .channel_message = true})),
              "bc8a00000000");
}

TEST(Sv2Frame, C018_SeparatesTheChannelBitFromTheExtension) {
    for (const auto* hex : {"bc8a05010000", "bc0a05010000"}) {
        SCOPED_TRACE(hex);
        const auto header = testing::header_of_frame(bytes_of(hex));
        EXPECT_EQ(header.extension_type, 0x0abc);
        EXPECT_EQ(header.channel_message, hex[2] == '8');
        EXPECT_EQ(hex_of(encode_header(header)), hex);
    }
}

TEST(Sv2Frame, C020_ReadsTheChannelFromTheFirstFourBytes) {
    const auto frame = encode(CloseChannel{.channel_id = ChannelId{0x01020304}});
    EXPECT_EQ(channel_id_of(testing::payload_of(frame)), ChannelId{0x01020304});
    EXPECT_EQ(channel_id_of(bytes_of("040302")), std::nullopt);
}

TEST(Sv2Frame, C027_AcceptsFramesSplitAndJoinedByTheTransport) {
    base::Bytes stream;
    append_frame(SetupConnectionSuccess{.used_version = 2}, stream);
    append_frame(CloseChannel{.channel_id = ChannelId{9}, .reason_code = "bye"}, stream);
    append_frame(ChannelEndpointChanged{.channel_id = ChannelId{1}}, stream);
    for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
        SCOPED_TRACE(piece);
        base::Bytes received;
        std::vector<std::uint8_t> types;
        for (std::size_t at = 0; at < stream.size(); at += piece) {
            base::append(received,
                         base::ByteView{stream}.subspan(at, std::min(piece, stream.size() - at)));
            base::ByteView unread = received;
            while (const auto frame = take_frame(unread, 100).value())
                types.push_back(frame->header.message_type);
            received = base::to_bytes(unread);
        }
        EXPECT_EQ(types, (std::vector<std::uint8_t>{0x01, 0x18, 0x03}));
        EXPECT_TRUE(received.empty());
    }
}

TEST(Sv2Frame, RefusesAFrameAboveTheLimitAsSoonAsItsHeaderIsThere) {
    const auto at_limit = encode_header({.payload_size = 100});
    base::ByteView unread = at_limit;
    EXPECT_EQ(take_frame(unread, 100).value().has_value(), false);
    const auto above = encode_header({.payload_size = 101});
    unread = above;
    const auto refused = take_frame(unread, 100);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().payload_size, 101U);
}

}  // namespace
}  // namespace sv2
