#include "gateway/session_testing.h"

namespace gateway {
namespace {

class SessionControlTest : public SessionTest {
  protected:
    SessionControlTest() { set_up(); }
};

TEST_F(SessionControlTest, ClosesAChannelOnceForTheMinerAndInTheLedger) {
    const auto alice = open_standard();
    const auto bob = open_extended();
    effects.clear();
    session.on_verdict(alice.key, 5, {.error = {}, .difficulty = bitcoin::Difficulty{1ULL << 32}},
                       effects);
    EXPECT_TRUE(session.close_channel(alice.key, "moving-house", effects));
    EXPECT_EQ(heard_names(), (std::vector<std::string>{"SubmitShares.Success", "CloseChannel"}));
    EXPECT_EQ(only<sv2::CloseChannel>().reason_code, "moving-house");
    ASSERT_EQ(effects.events.size(), 1U);
    EXPECT_EQ(std::get<bus::ChannelClose>(effects.events[0]),
              (bus::ChannelClose{alice.key, "moving-house"}));
    effects.clear();
    EXPECT_FALSE(session.close_channel(alice.key, "again", effects));
    EXPECT_TRUE(effects.frames.empty());
    EXPECT_TRUE(effects.events.empty());
    EXPECT_EQ(session.channel_keys(10), std::vector{bob.key});
    EXPECT_TRUE(session.channel_keys(0).empty());
}

TEST_F(SessionTest, KeepsWhatTheMinerSaidOfItself) {
    EXPECT_EQ(session.device().vendor, "");
    say(sv2::SetupConnection{.protocol = sv2::Protocol::mining,
                             .min_version = 2,
                             .max_version = 2,
                             .vendor = "Some Vendor",
                             .hardware_version = "S21",
                             .firmware = "",
                             .device_id = "rig-7"});
    EXPECT_EQ(session.device().vendor, "Some Vendor");
    EXPECT_EQ(session.device().hardware_version, "S21");
    EXPECT_EQ(session.device().firmware, "");
    EXPECT_EQ(session.device().device_id, "rig-7");
}

TEST_F(SessionControlTest, KnowsWhoMines) {
    EXPECT_EQ(session.user_identity(), "");
    open_standard();
    EXPECT_EQ(session.user_identity(), "alice.rig");
}

TEST_F(SessionControlTest, CountsWhatWasAnswered) {
    const auto alice = open_standard();
    effects.clear();
    session.on_verdict(alice.key, 5, {.error = {}, .difficulty = bitcoin::Difficulty{1ULL << 32}},
                       effects);
    session.on_verdict(
        alice.key, 6, {.error = mining::ShareError::difficulty_too_low, .difficulty = {}}, effects);
    EXPECT_EQ(session.tally().accepted, 1U);
    EXPECT_EQ(session.tally().rejected, 1U);
}

}  // namespace
}  // namespace gateway
