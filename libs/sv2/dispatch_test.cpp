#include "sv2/dispatch.h"

#include <gtest/gtest.h>

#include "sv2/message_table.h"

namespace sv2 {
namespace {

TEST(Sv2Dispatch, JudgesAHeaderByExtensionTypeProtocolAndDirection) {
    const struct {
        const char* what;
        FrameHeader header;
        Protocol protocol;
        Role role;
        Dispatch expected;
    } cases[] = {
        {"a share at a pool", header_of<SubmitSharesStandard>(24), Protocol::mining, Role::server,
         Dispatch::process},
        {"a share at a miner", header_of<SubmitSharesStandard>(24), Protocol::mining, Role::client,
         Dispatch::drop_wrong_direction},
        {"a job at a miner", header_of<NewMiningJob>(45), Protocol::mining, Role::client,
         Dispatch::process},
        {"a job at a pool", header_of<NewMiningJob>(45), Protocol::mining, Role::server,
         Dispatch::drop_wrong_direction},
        {"closing, from either side", header_of<CloseChannel>(5), Protocol::mining, Role::server,
         Dispatch::process},
        {"closing, from the other side", header_of<CloseChannel>(5), Protocol::mining, Role::client,
         Dispatch::process},
        {"a template on a mining connection", header_of<NewTemplate>(41), Protocol::mining,
         Role::client, Dispatch::drop_wrong_protocol},
        {"a template from its provider", header_of<NewTemplate>(41),
         Protocol::template_distribution, Role::client, Dispatch::process},
        {"a declaration at its server", header_of<DeclareMiningJob>(17), Protocol::job_declaration,
         Role::server, Dispatch::process},
        {"setup on any connection", header_of<SetupConnection>(16), Protocol::job_declaration,
         Role::server, Dispatch::process},
        {"negotiation", header_of<RequestExtensions>(4), Protocol::mining, Role::server,
         Dispatch::process},
        {"the reserved type",
         {.message_type = 0x1e},
         Protocol::mining,
         Role::server,
         Dispatch::drop_unknown_type},
        {"an unknown type of the negotiation",
         {.extension_type = 1, .message_type = 3},
         Protocol::mining,
         Role::server,
         Dispatch::drop_unknown_type},
    };
    for (const auto& [what, header, protocol, role, expected] : cases)
        EXPECT_EQ(dispatch(header, protocol, role), expected) << what;
}

TEST(Sv2Dispatch, C023_DropsUnknownExtensionsSilently) {
    for (const bool channel_message : {false, true}) {
        const auto verdict = dispatch(
            {.extension_type = 0x0abc, .channel_message = channel_message, .message_type = 0x1a},
            Protocol::mining, Role::server);
        EXPECT_EQ(verdict, Dispatch::drop_unknown_extension);
        EXPECT_FALSE(is_anomaly(verdict));
    }
}

TEST(Sv2Dispatch, C028_ToleratesAndCountsAWrongChannelBit) {
    for (const bool right : {true, false}) {
        FrameHeader header = header_of<SubmitSharesExtended>(25);
        if (!right) header.channel_message = !header.channel_message;
        const auto verdict = dispatch(header, Protocol::mining, Role::server);
        EXPECT_EQ(verdict, right ? Dispatch::process : Dispatch::process_wrong_channel_bit);
        EXPECT_EQ(is_anomaly(verdict), !right);
    }
}

TEST(Sv2Dispatch, C029_CountsWhatItDrops) {
    for (const auto verdict : {Dispatch::drop_unknown_type, Dispatch::drop_wrong_protocol,
                               Dispatch::drop_wrong_direction})
        EXPECT_TRUE(is_anomaly(verdict)) << dispatch_name(verdict);
    EXPECT_FALSE(is_anomaly(Dispatch::process));
}

}  // namespace
}  // namespace sv2
