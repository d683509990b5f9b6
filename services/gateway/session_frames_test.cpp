#include <cstdint>
#include <utility>

#include "gateway/session_testing.h"
#include "sv2/extension_messages.h"

namespace gateway {
namespace {

TEST_F(SessionTest, C012_AMessageThatIsCutShortEndsTheConnectionAndDoesNothingElse) {
    set_up();
    const auto open = open_extended();
    const base::Bytes extranonce(8);
    const std::pair<const char*, base::Bytes> messages[] = {
        {"OpenStandardMiningChannel",
         sv2::encode(sv2::OpenStandardMiningChannel{.user_identity = "u"})},
        {"OpenExtendedMiningChannel",
         sv2::encode(sv2::OpenExtendedMiningChannel{.user_identity = "u"})},
        {"UpdateChannel", sv2::encode(sv2::UpdateChannel{.channel_id = {open.channel_id}})},
        {"CloseChannel",
         sv2::encode(sv2::CloseChannel{.channel_id = {open.channel_id}, .reason_code = "bye"})},
        {"SubmitSharesStandard", sv2::encode(sv2::SubmitSharesStandard{})},
        {"SubmitSharesExtended", sv2::encode(sv2::SubmitSharesExtended{.extranonce = extranonce})},
        {"SetCustomMiningJob", sv2::encode(sv2::SetCustomMiningJob{})},
    };
    for (auto [what, frame] : messages) {
        SCOPED_TRACE(what);
        frame.pop_back();
        effects.clear();
        say_frame(frame);
        EXPECT_EQ(effects.close, "malformed");
        EXPECT_TRUE(effects.malformed.has_value());
        EXPECT_TRUE(effects.frames.empty());
        EXPECT_TRUE(effects.shares.empty());
        EXPECT_TRUE(effects.events.empty());
    }
    EXPECT_EQ(session.channels(), 1U);
}

TEST_F(SessionTest, C070_ARequestForExtensionsBeforeSetupIsAViolation) {
    // Its type is the number of SetupConnection, in another extension.
    say(sv2::RequestExtensions{});
    EXPECT_EQ(effects.close, "before-setup");
    EXPECT_TRUE(effects.frames.empty());
    EXPECT_FALSE(session.is_set_up());
}

TEST_F(SessionTest, AFrameThatIsOddIsReportedWhetherItIsTakenOrNot) {
    set_up();
    EXPECT_EQ(effects.oddity, std::nullopt);
    say(sv2::SetTarget{});
    EXPECT_EQ(effects.oddity, sv2::Dispatch::drop_wrong_direction);
    EXPECT_FALSE(effects.close);
    auto frame = sv2::encode(sv2::OpenStandardMiningChannel{.user_identity = "u"});
    frame.at(1) ^= std::byte{0x80};  // the channel bit, which an old peer sets otherwise
    effects.clear();
    say_frame(frame);
    EXPECT_EQ(effects.oddity, sv2::Dispatch::process_wrong_channel_bit);
    EXPECT_EQ(effects.events.size(), 1U) << "taken all the same";
}

TEST_F(SessionTest, WithoutAKeyForItAChannelEndsTheConnection) {
    set_up();
    while (!keys.is_exhausted()) keys.next();
    say(sv2::OpenStandardMiningChannel{.user_identity = "u", .max_target = any_target});
    EXPECT_EQ(effects.close, "out-of-channel-keys");
    EXPECT_TRUE(effects.events.empty());
    EXPECT_EQ(session.pending_opens(), 0U);
}

class MemoryTest : public SessionTest {
  protected:
    /// By how much the estimate has grown since it was asked for the last time.
    std::int64_t grown() {
        const auto before = std::exchange(last_, static_cast<std::int64_t>(session.memory()));
        return last_ - before;
    }
    /// Of parts that take so many bytes together.
    static constexpr std::int64_t bytes(std::size_t size) {
        return static_cast<std::int64_t>(size);
    }
    static constexpr std::size_t name_max = 255;

  private:
    std::int64_t last_{};
};

TEST_F(MemoryTest, IsNeverEstimatedBelowWhatAConnectionHolds) {
    EXPECT_GE(grown(), bytes(sizeof(Session)));
    const std::string vendor(200, 'v');
    say(sv2::SetupConnection{
        .protocol = sv2::Protocol::mining, .min_version = 2, .max_version = 2, .vendor = vendor});
    EXPECT_GT(grown(), 200 - bytes(sizeof(std::string))) << "the session itself holds a short text";
    const auto first = ask_extended(8);
    EXPECT_GE(grown(), bytes(sizeof(bus::ChannelOpen) + name_max));
    const auto second = ask_extended(8);
    const auto of_an_open = grown();
    EXPECT_GE(of_an_open, bytes(sizeof(bus::ChannelOpen) + name_max));
    grant(first);
    EXPECT_GE(grown() + of_an_open,
              bytes(sizeof(Channel) + name_max + sizeof(Group) + sizeof(SentJob)));
    grant(second);
    const auto of_a_channel = grown() + of_an_open;
    EXPECT_GE(of_a_channel, bytes(sizeof(Channel) + name_max + sizeof(SentJob)));
    next_template(Session::TemplateChange::refresh);
    const auto of_a_job = grown();
    EXPECT_GE(of_a_job, bytes(sizeof(SentJob) + TargetHistory::change_size));

    open_extended(4);
    EXPECT_GE(grown() - of_a_channel, bytes(sizeof(Group))) << "a group of its own";

    // What is closed is held until the second tip after it.
    say(sv2::CloseChannel{.channel_id = {first.channel_id}});
    EXPECT_EQ(grown(), 0);
    next_template(Session::TemplateChange::new_tip);
    EXPECT_EQ(grown(), 2 * of_a_job) << "of the two groups";
    next_template(Session::TemplateChange::refresh);
    EXPECT_EQ(grown(), 2 * of_a_job);
    next_template(Session::TemplateChange::new_tip);
    EXPECT_EQ(grown(), 2 * of_a_job - (of_a_channel - of_a_job));
}

}  // namespace
}  // namespace gateway
