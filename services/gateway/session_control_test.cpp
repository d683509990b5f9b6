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
    Session all{"p", keys, work, {}};
    const auto frame = sv2::encode(sv2::SetupConnection{.protocol = sv2::Protocol::mining,
                                                        .min_version = 2,
                                                        .max_version = 2,
                                                        .vendor = "a",
                                                        .hardware_version = "bc",
                                                        .firmware = "def",
                                                        .device_id = "ghij"});
    const base::ByteView view{frame};
    all.on_frame(sv2::decode_header(view.first<sv2::frame_header_size>()),
                 view.subspan(sv2::frame_header_size), received_at, effects);
    EXPECT_EQ(all.device().vendor, "a");
    EXPECT_EQ(all.device().hardware_version, "bc");
    EXPECT_EQ(all.device().firmware, "def");
    EXPECT_EQ(all.device().device_id, "ghij");
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
    submit_standard(alice.channel_id, {12345});
    EXPECT_EQ(session.tally().rejected, 2U) << "here, too";
    EXPECT_EQ(session.tally().last_share_at, base::UnixMicros{}) << "none reached a worker";
    next_template(Session::TemplateChange::refresh);
    submit_standard(alice.channel_id, only<sv2::NewMiningJob>().job_id);
    EXPECT_EQ(session.tally().last_share_at, received_at);
}

}  // namespace
}  // namespace gateway
