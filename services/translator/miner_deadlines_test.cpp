#include "translator/miner_deadlines.h"

#include <gtest/gtest.h>

namespace translator {
namespace {

using namespace std::chrono_literals;
using Phase = MinerProgress::Phase;

constexpr base::SteadyTime start{1h};

TEST(MinerDeadlines, BoundEachStepAndNotOneWhoMines) {
    const MinerDeadlines deadlines;
    const struct {
        Phase phase;
        base::SteadyTime::duration bound;
        const char* reason;
    } cases[] = {
        {Phase::handshake, 10s, "handshake-deadline"},
        {Phase::first_line, 30s, "first-line-deadline"},
        {Phase::subscribe, 60s, "subscribe-deadline"},
    };
    for (const auto& [phase, bound, reason] : cases) {
        SCOPED_TRACE(reason);
        const MinerProgress progress{.phase = phase, .phase_since = start};
        EXPECT_EQ(overdue(progress, deadlines, start + bound), std::nullopt);
        EXPECT_EQ(overdue(progress, deadlines, start + bound + 1ms), reason);
    }
    EXPECT_EQ(overdue({.phase = Phase::mining, .phase_since = start}, deadlines, start + 24h),
              std::nullopt)
        << "a slow miner finds a share once a day";
}

TEST(MinerDeadlines, BoundHalfALineAndWhatIsNotRead) {
    const MinerDeadlines deadlines;
    const MinerProgress half{.phase = Phase::mining, .phase_since = start, .line_since = start};
    EXPECT_EQ(overdue(half, deadlines, start + 30s), std::nullopt);
    EXPECT_EQ(overdue(half, deadlines, start + 30s + 1ms), "line-deadline");
    const MinerProgress deaf{
        .phase = Phase::mining, .phase_since = start, .unwritten_since = start};
    EXPECT_EQ(overdue(deaf, deadlines, start + 30s), std::nullopt);
    EXPECT_EQ(overdue(deaf, deadlines, start + 30s + 1ms), "write-stall");
}

}  // namespace
}  // namespace translator
