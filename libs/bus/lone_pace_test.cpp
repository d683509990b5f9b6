#include "bus/lone_pace.h"

#include <gtest/gtest.h>

namespace bus {
namespace {

using namespace std::chrono_literals;

class LonePaceTest : public testing::Test {
  protected:
    LonePace pace{{.rest = 40, .rest_max = 200ms, .quiet_after = 1s}};
    base::SteadyTime now{1h};
};

TEST_F(LonePaceTest, WhileNobodyMinesNobodyIsSpared) {
    EXPECT_EQ(pace.due(now, now), now);
    pace.left(now);
    EXPECT_EQ(pace.due(now, now), now) << "of another partition";
    pace.came_home(now + 10ms);
    EXPECT_EQ(pace.due(now + 10ms, now), now + 10ms);
}

TEST_F(LonePaceTest, BesideSharesOneGoesAtATimeAndRestsBehindIt) {
    pace.share_came(now);
    pace.left(now);
    EXPECT_EQ(pace.due(now, now), now + 200ms) << "one is under way";
    now += 2ms;
    pace.came_home(now);
    EXPECT_EQ(pace.due(now, now - 2ms), now + 80ms);
}

TEST_F(LonePaceTest, APartitionThatHadNoneForLongDoesNotWaitForTheOthers) {
    pace.share_came(now);
    pace.left(now);
    EXPECT_EQ(pace.due(now, std::nullopt), now);
    EXPECT_EQ(pace.due(now, now - 150ms), now + 50ms);
    EXPECT_LE(pace.due(now, now - 1s), now);
}

TEST_F(LonePaceTest, ARestHasABoundHoweverSlowTheLedgerIs) {
    pace.left(now);
    now += 3s;
    pace.share_came(now);
    pace.came_home(now);
    EXPECT_EQ(pace.due(now, now), now + 200ms);
}

TEST_F(LonePaceTest, ARestEndsWithTheMining) {
    pace.share_came(now);
    pace.left(now + 950ms);
    EXPECT_EQ(pace.due(now + 1s, now + 950ms), now + 1150ms);
    EXPECT_EQ(pace.due(now + 1001ms, now + 950ms), now + 1001ms);
}

TEST_F(LonePaceTest, InAHurryNothingRests) {
    pace.share_came(now);
    pace.left(now);
    pace.hurry();
    EXPECT_EQ(pace.due(now, now), now);
}

}  // namespace
}  // namespace bus
