#include "gateway/deadlines.h"

#include <gtest/gtest.h>

namespace gateway {
namespace {

using namespace std::chrono_literals;
using Phase = Progress::Phase;

constexpr base::SteadyTime start{1h};

void expect_late_after(const Progress& progress, base::SteadyTime::duration deadline,
                       std::string_view reason) {
    SCOPED_TRACE(reason);
    EXPECT_EQ(overdue(progress, {}, start), std::nullopt);
    EXPECT_EQ(overdue(progress, {}, start + deadline), std::nullopt) << "to the last moment";
    EXPECT_EQ(overdue(progress, {}, start + deadline + 1ms), reason);
}

TEST(Deadlines, C054_C104_CloseWhoTakesTooLongForAStep) {
    expect_late_after({.phase = Phase::handshake, .phase_since = start}, 10s, "handshake-deadline");
    expect_late_after({.phase = Phase::setup, .phase_since = start}, 10s, "setup-deadline");
    expect_late_after({.phase = Phase::first_channel, .phase_since = start}, 60s,
                      "no-channel-deadline");
    EXPECT_EQ(overdue({.phase = Phase::mining, .phase_since = start}, {}, start + 24h),
              std::nullopt);
}

TEST(Deadlines, CloseWhoNeitherEndsAFrameNorReads) {
    expect_late_after({.phase = Phase::mining, .phase_since = start, .frame_since = start}, 30s,
                      "frame-deadline");
    expect_late_after({.phase = Phase::mining, .phase_since = start, .unwritten_since = start}, 30s,
                      "write-stall");
}

TEST(Deadlines, AreThoseOfTheConfiguration) {
    const Progress progress{.phase = Phase::handshake, .phase_since = start};
    EXPECT_EQ(overdue(progress, {.handshake_deadline = 100ms}, start + 101ms),
              "handshake-deadline");
}

}  // namespace
}  // namespace gateway
