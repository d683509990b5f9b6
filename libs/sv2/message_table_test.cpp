#include "sv2/message_table.h"

#include <gtest/gtest.h>

namespace sv2 {
namespace {

// The index of the specification (Sv2 8 and extension 0x0001), written out once more.
constexpr struct Row {
    std::uint16_t extension_type;
    std::uint8_t message_type;
    bool channel_message;
    std::string_view name;
    Direction direction;
    std::size_t size_min;  // of the payload, with everything variable empty
} rows[] = {
    {0, 0x00, false, "SetupConnection", Direction::to_server, 16},
    {0, 0x01, false, "SetupConnection.Success", Direction::to_client, 6},
    {0, 0x02, false, "SetupConnection.Error", Direction::to_client, 5},
    {0, 0x03, true, "ChannelEndpointChanged", Direction::to_client, 4},
    {0, 0x04, false, "Reconnect", Direction::to_client, 3},
    {0, 0x10, false, "OpenStandardMiningChannel", Direction::to_server, 41},
    {0, 0x11, false, "OpenStandardMiningChannel.Success", Direction::to_client, 45},
    {0, 0x12, false, "OpenMiningChannel.Error", Direction::to_client, 5},
    {0, 0x13, false, "OpenExtendedMiningChannel", Direction::to_server, 43},
    {0, 0x14, false, "OpenExtendedMiningChannel.Success", Direction::to_client, 47},
    {0, 0x15, true, "NewMiningJob", Direction::to_client, 45},
    {0, 0x16, true, "UpdateChannel", Direction::to_server, 40},
    {0, 0x17, true, "UpdateChannel.Error", Direction::to_client, 5},
    {0, 0x18, true, "CloseChannel", Direction::both, 5},
    {0, 0x19, true, "SetExtranoncePrefix", Direction::to_client, 5},
    {0, 0x1a, true, "SubmitSharesStandard", Direction::to_server, 24},
    {0, 0x1b, true, "SubmitSharesExtended", Direction::to_server, 25},
    {0, 0x1c, true, "SubmitShares.Success", Direction::to_client, 20},
    {0, 0x1d, true, "SubmitShares.Error", Direction::to_client, 9},
    {0, 0x1f, true, "NewExtendedMiningJob", Direction::to_client, 19},
    {0, 0x20, true, "SetNewPrevHash", Direction::to_client, 48},
    {0, 0x21, true, "SetTarget", Direction::to_client, 36},
    {0, 0x22, true, "SetCustomMiningJob", Direction::to_server, 69},
    {0, 0x23, true, "SetCustomMiningJob.Success", Direction::to_client, 12},
    {0, 0x24, true, "SetCustomMiningJob.Error", Direction::to_client, 9},
    {0, 0x25, false, "SetGroupChannel", Direction::to_client, 6},
    {0, 0x50, false, "AllocateMiningJobToken", Direction::to_server, 5},
    {0, 0x51, false, "AllocateMiningJobToken.Success", Direction::to_client, 7},
    {0, 0x55, false, "ProvideMissingTransactions", Direction::to_client, 6},
    {0, 0x56, false, "ProvideMissingTransactions.Success", Direction::to_server, 6},
    {0, 0x57, false, "DeclareMiningJob", Direction::to_server, 17},
    {0, 0x58, false, "DeclareMiningJob.Success", Direction::to_client, 5},
    {0, 0x59, false, "DeclareMiningJob.Error", Direction::to_client, 7},
    {0, 0x60, false, "PushSolution", Direction::to_server, 49},
    {0, 0x70, false, "CoinbaseOutputConstraints", Direction::to_server, 6},
    {0, 0x71, false, "NewTemplate", Direction::to_client, 41},
    {0, 0x72, false, "SetNewPrevHash", Direction::to_client, 80},
    {0, 0x73, false, "RequestTransactionData", Direction::to_server, 8},
    {0, 0x74, false, "RequestTransactionData.Success", Direction::to_client, 12},
    {0, 0x75, false, "RequestTransactionData.Error", Direction::to_client, 9},
    {0, 0x76, false, "SubmitSolution", Direction::to_server, 22},
    {1, 0x00, false, "RequestExtensions", Direction::to_server, 4},
    {1, 0x01, false, "RequestExtensions.Success", Direction::to_client, 4},
    {1, 0x02, false, "RequestExtensions.Error", Direction::to_client, 6},
};

TEST(Sv2MessageTable, C019_C021_C022_DescribesEveryMessageAsTheSpecDoes) {
    EXPECT_EQ(std::size(rows), AllMessages::size);
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        const auto* info = find_message(row.extension_type, row.message_type);
        ASSERT_NE(info, nullptr);
        EXPECT_EQ(info->name, row.name);
        EXPECT_EQ(info->channel_message, row.channel_message);
        EXPECT_EQ(info->direction, row.direction);
    }
}

TEST(Sv2MessageTable, EncodesAnEmptyMessageInTheSizeThatTheSpecGives) {
    std::size_t at = 0;
    for_each_message([&]<class M>(std::type_identity<M>) {
        SCOPED_TRACE(M::info.name);
        const auto* const row = std::find_if(std::begin(rows), std::end(rows), [](const Row& r) {
            return r.extension_type == M::info.extension_type() &&
                   r.message_type == M::info.message_type;
        });
        ASSERT_NE(row, std::end(rows));
        EXPECT_EQ(encoded_size(M{}), row->size_min);
        ++at;
    });
    EXPECT_EQ(at, std::size(rows));
}

TEST(Sv2MessageTable, C015_C017_C233_NamesTheExtensionThatDefinesTheMessage) {
    for_each_message([]<class M>(std::type_identity<M>) {
        const bool is_negotiation = M::info.family == MessageFamily::negotiation;
        const auto header = header_of<M>(0);
        EXPECT_EQ(header.extension_type, is_negotiation ? 1 : 0) << M::info.name;
        EXPECT_FALSE(is_negotiation && header.channel_message) << M::info.name;
    });
}

TEST(Sv2MessageTable, C020_GivesEveryChannelMessageAChannelInItsFirstField) {
    for_each_message([]<class M>(std::type_identity<M>) {
        M message;
        std::string_view first;
        M::fields(message, [&](std::string_view name, auto&, auto...) {
            if (first.empty()) first = name;
        });
        EXPECT_TRUE(!M::info.channel_message || first == "channel_id") << M::info.name;
    });
}

TEST(Sv2MessageTable, C026_UsesNoExperimentalExtension) {
    for_each_message([]<class M>(std::type_identity<M>) {
        EXPECT_LT(M::info.extension_type(), 0x4000) << M::info.name;
    });
}

TEST(Sv2MessageTable, C234_NumbersNegotiationRequestsIn16Bits) {
    static_assert(sizeof(RequestExtensions{}.request_id.value) == 2);
    const auto frame = encode(RequestExtensions{.request_id = ExtensionRequestId{0x0102}});
    EXPECT_EQ(frame[frame_header_size], std::byte{0x02});
    EXPECT_EQ(frame.size(), frame_header_size + 4);
}

TEST(Sv2MessageTable, KnowsNoOtherMessages) {
    std::size_t known = 0;
    for (unsigned extension = 0; extension < 4; ++extension)
        for (unsigned type = 0; type < 256; ++type)
            known += find_message(static_cast<std::uint16_t>(extension),
                                  static_cast<std::uint8_t>(type)) != nullptr
                         ? 1U
                         : 0U;
    EXPECT_EQ(known, AllMessages::size);
    EXPECT_EQ(find_message(0, 0x1e), nullptr) << "reserved";
    EXPECT_FALSE(decode_any({.message_type = 0x1e}, {}, [](const auto&) { FAIL(); }));
}

}  // namespace
}  // namespace sv2
