#include "gateway/session_testing.h"

namespace gateway {
namespace {

class SessionBansTest : public SessionTest {
  protected:
    SessionBansTest() { set_up(); }
    static bool is_alice(std::string_view user_identity) { return user_identity == "alice.rig"; }
};

TEST_F(SessionBansTest, ClosesTheChannelsOfWhoIsBannedAndNoOthers) {
    const auto alice = open_standard();  // alice.rig
    const auto bob = open_extended();    // bob
    effects.clear();
    session.close_channels_of(is_alice, effects);
    const auto close = only<sv2::CloseChannel>();
    EXPECT_EQ(close.channel_id.value, alice.channel_id);
    EXPECT_EQ(close.reason_code, "banned");
    EXPECT_EQ(effects.channels_banned, 1U);
    EXPECT_EQ(session.channels(), 1U);
    ASSERT_EQ(effects.events.size(), 1U);
    EXPECT_EQ(std::get<bus::ChannelClose>(effects.events[0]),
              (bus::ChannelClose{alice.key, "banned"}));
    effects.clear();
    session.close_channels_of(is_alice, effects);
    EXPECT_TRUE(effects.frames.empty()) << "once";
    EXPECT_FALSE(effects.close) << "the connection may open others";
    EXPECT_NE(bob.channel_id, alice.channel_id);
}

TEST_F(SessionBansTest, ClosesAChannelThatAWorkerOpenedWithoutKnowing) {
    const auto alice = open_standard();
    effects.clear();
    session.close_channel_of(alice.key, is_alice, effects);
    EXPECT_EQ(session.channels(), 0U);
    EXPECT_EQ(effects.channels_banned, 1U);
    effects.clear();
    session.close_channel_of(alice.key, is_alice, effects);
    EXPECT_TRUE(effects.frames.empty() && effects.events.empty()) << "closed meanwhile";
    const auto bob = open_extended();
    effects.clear();
    session.close_channel_of(bob.key, is_alice, effects);
    EXPECT_EQ(session.channels(), 1U);
}

TEST_F(SessionBansTest, SaysWhatWasAcceptedBeforeItCloses) {
    const auto alice = open_standard();
    effects.clear();
    session.on_verdict(alice.key, 5, {.error = {}, .difficulty = bitcoin::Difficulty{1ULL << 32}},
                       effects);
    session.close_channels_of(is_alice, effects);
    EXPECT_EQ(heard_names(), (std::vector<std::string>{"SubmitShares.Success", "CloseChannel"}));
}

}  // namespace
}  // namespace gateway
