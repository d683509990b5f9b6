#include "gateway/reading.h"

#include "gateway/session_testing.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;
using Held = Reading::Held;

constexpr base::SteadyTime start{1h};
constexpr edge::RequestPace::Limits requests{.per_second = 10, .burst = 5};

TEST(Reading, IsHeldWhileThereIsNoRoomAndSaysSoOnce) {
    Reading reading{start};
    EXPECT_EQ(reading.look(true, requests, start).held, Held::no);
    EXPECT_FALSE(reading.is_held());
    const auto first = reading.look(false, requests, start);
    EXPECT_EQ(first.held, Held::no_room);
    EXPECT_TRUE(first.has_begun);
    EXPECT_FALSE(reading.look(false, requests, start + 1s).has_begun);
    EXPECT_EQ(reading.held_by(), "back-pressure");
    EXPECT_EQ(reading.look(true, requests, start + 2s).held, Held::no);
    EXPECT_FALSE(reading.is_held());
}

TEST(Reading, IsHeldWhileTooMuchIsAsked) {
    Reading reading{start};
    reading.on_read(6, requests, true, true, start);
    EXPECT_TRUE(reading.is_hasty(requests, start));
    const auto held = reading.look(true, requests, start);
    EXPECT_EQ(held.held, Held::too_fast);
    EXPECT_TRUE(held.has_begun);
    EXPECT_EQ(reading.held_by(), "requests");
    EXPECT_FALSE(reading.look(true, requests, start).has_begun) << "said once";
    EXPECT_EQ(reading.look(true, requests, start + 100ms).held, Held::no);
    EXPECT_FALSE(reading.is_held());
    reading.on_read(6, requests, true, true, start + 100ms);
    EXPECT_TRUE(reading.look(true, requests, start + 100ms).has_begun) << "and once more";
}

TEST(Reading, AFrameIsLateFromItsFirstByteOn) {
    Reading reading{start};
    const auto since = [&] { return reading.progress(nullptr, {}, start + 1h).frame_since; };
    reading.on_read(0, requests, true, false, start + 1s);
    EXPECT_EQ(since(), std::nullopt) << "between frames";
    reading.on_read(0, requests, false, false, start + 2s);
    EXPECT_EQ(since(), start + 2s);
    reading.on_read(0, requests, false, false, start + 3s);
    EXPECT_EQ(since(), start + 2s) << "more of it";
    reading.on_frame();
    EXPECT_EQ(since(), std::nullopt);
    reading.look(false, requests, start + 4s);
    reading.look(true, requests, start + 5s);
    EXPECT_EQ(since(), std::nullopt) << "a pause begins no frame";
}

TEST(Reading, DoesNotCallLateWhoWasNotRead) {
    Reading reading{start};
    reading.on_handshake(start);
    reading.on_read(0, requests, false, false, start + 1s);
    reading.look(false, requests, start + 2s);
    EXPECT_EQ(reading.progress(nullptr, std::nullopt, start + 10s).phase_since, start + 10s);
    EXPECT_FALSE(reading.progress(nullptr, std::nullopt, start + 10s).frame_since);
    reading.look(true, requests, start + 12s);
    const auto progress = reading.progress(nullptr, start, start + 13s);
    EXPECT_EQ(progress.phase_since, start + 10s);
    EXPECT_EQ(progress.frame_since, start + 11s);
    EXPECT_EQ(progress.unwritten_since, start);
    reading.on_frame();
    EXPECT_FALSE(reading.progress(nullptr, std::nullopt, start + 13s).frame_since);
}

TEST(Reading, KnowsHowFarTheMinerHasCome) {
    ChannelKeys keys{mining::Epoch{1}};
    WorkBook work;
    const Session session{"127.0.0.1:1", keys, work, {}};
    Reading reading{start};
    using Phase = Progress::Phase;
    EXPECT_EQ(reading.progress(nullptr, {}, start).phase, Phase::handshake);
    EXPECT_EQ(reading.progress(&session, {}, start).phase, Phase::setup);
    reading.on_read(1, requests, true, false, start + 2s);
    EXPECT_EQ(reading.progress(&session, {}, start).phase_since, start) << "not set up yet";
    reading.on_read(1, requests, true, true, start + 3s);
    EXPECT_EQ(reading.progress(&session, {}, start).phase_since, start + 3s);
    reading.on_read(1, requests, true, true, start + 4s);
    EXPECT_EQ(reading.progress(&session, {}, start).phase_since, start + 3s) << "set up once";
}

TEST_F(SessionTest, AMinerThatHasAskedForAChannelIsMining) {
    const Reading reading{start};
    const auto phase = [&] { return reading.progress(&session, {}, start).phase; };
    using Phase = Progress::Phase;
    set_up();
    EXPECT_EQ(phase(), Phase::first_channel);
    const auto open = ask_standard();
    EXPECT_EQ(phase(), Phase::mining);
    grant(open);
    EXPECT_EQ(phase(), Phase::mining);
}

}  // namespace
}  // namespace gateway
