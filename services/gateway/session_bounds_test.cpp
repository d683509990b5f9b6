// What a session does not take, and what it does not keep.

#include <malloc.h>

#include <vector>

#include "gateway/session_testing.h"

namespace gateway {
namespace {

class NoAnomaliesTest : public SessionTest {
  protected:
    NoAnomaliesTest() : SessionTest(Session::Limits{.anomalies_max = 0}) {}
};

TEST_F(NoAnomaliesTest, TheFrameThatIsOneTooManyIsNotTakenAnyMore) {
    set_up();
    auto frame = sv2::encode(sv2::OpenStandardMiningChannel{.user_identity = "u"});
    frame.at(1) ^= std::byte{0x80};  // the channel bit: odd, but to be taken otherwise
    effects.clear();
    say_frame(frame);
    EXPECT_EQ(effects.close, "too-many-anomalies");
    EXPECT_TRUE(effects.events.empty());
    EXPECT_EQ(session.pending_opens(), 0U);
}

TEST_F(SessionTest, AFrameOfAnUnknownExtensionIsNoneOfTheCore) {
    set_up();
    auto frame = sv2::encode(sv2::OpenStandardMiningChannel{.user_identity = "u"});
    frame.at(0) = std::byte{0x42};  // the extension, whose message of this number is another
    effects.clear();
    say_frame(frame);
    EXPECT_EQ(effects.oddity, sv2::Dispatch::drop_unknown_extension);
    EXPECT_FALSE(effects.close);
    EXPECT_TRUE(effects.events.empty());
    EXPECT_EQ(session.pending_opens(), 0U);
}

TEST_F(SessionTest, WhatIsSaidOfAChannelThatItNeverHadIsPassedOver) {
    const mining::ChannelKey other{12345};
    set_up();
    effects.clear();
    session.on_open_outcome({.key = other,
                             .error_code = "",
                             .target = bitcoin::target_max(),
                             .outputs = mining::some_outputs()},
                            effects);
    session.on_proposal(other, bitcoin::target_max(), effects);
    session.on_verdict(other, 1, {}, effects);
    session.on_verdicts_end({}, effects);
    EXPECT_TRUE(effects.frames.empty());
    EXPECT_TRUE(effects.events.empty());
    EXPECT_EQ(session.channels(), 0U);
    EXPECT_EQ(session.tally().accepted, 0U);
}

/// What the process holds, in bytes.
std::size_t held() {
    return mallinfo2().uordblks;
}

/// A sanitizer's allocator says the same always.
bool is_known_what_is_held() {
    const auto before = held();
    const std::vector<char> more(100'000);
    return held() >= before + more.size();
}

TEST_F(SessionTest, AConnectionThatLivesForYearsKeepsNothingOfTipsLongGone) {
    if (!is_known_what_is_held())
        GTEST_SKIP() << "this allocator does not say what it has given out";
    set_up();
    const auto open = open_standard();
    mining::PayoutOutputs outputs = mining::some_outputs();
    const auto live_through = [&](int tips_more) {
        for (int tip = 0; tip < tips_more; ++tip) {
            next_template(Session::TemplateChange::new_tip);
            session.on_proposal(open.key, bitcoin::target_of({(tip % 2 == 0 ? 1ULL : 2ULL) << 33}),
                                effects);
            std::swap(outputs.outputs[0].basis_points, outputs.outputs[1].basis_points);
            session.on_outputs_change({open.key, outputs}, effects);
        }
    };
    live_through(20);
    const auto before = held();
    live_through(200);
    EXPECT_LT(held(), before + 2'000) << "less than ten bytes of each tip";
}

}  // namespace
}  // namespace gateway
