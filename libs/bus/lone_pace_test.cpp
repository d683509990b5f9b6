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
    EXPECT_EQ(pace.due(now, now, false), now);
    pace.left(now);
    EXPECT_EQ(pace.due(now, now, false), now) << "of another partition";
    pace.came_home(now + 10ms);
    EXPECT_EQ(pace.due(now + 10ms, now, false), now + 10ms);
}

TEST_F(LonePaceTest, BesideSharesOneGoesAtATimeAndRestsBehindIt) {
    pace.share_came(now);
    pace.left(now);
    EXPECT_EQ(pace.due(now, now, false), now + 200ms) << "one is under way";
    now += 2ms;
    pace.came_home(now);
    EXPECT_EQ(pace.due(now, now - 2ms, false), now + 80ms);
}

TEST_F(LonePaceTest, APartitionThatHadNoneForLongDoesNotWaitForTheOthers) {
    pace.share_came(now);
    pace.left(now);
    EXPECT_EQ(pace.due(now, std::nullopt, false), now);
    EXPECT_EQ(pace.due(now, now - 150ms, false), now + 50ms);
    EXPECT_LE(pace.due(now, now - 1s, false), now);
}

TEST_F(LonePaceTest, ARestHasABoundHoweverSlowTheLedgerIs) {
    pace.left(now);
    now += 3s;
    pace.share_came(now);
    pace.came_home(now);
    EXPECT_EQ(pace.due(now, now, false), now + 200ms);
}

TEST_F(LonePaceTest, WhoAsksInBulkRestsLonger) {
    LonePace bulk{{.rest = 20, .rest_max = 200ms, .bulk_rest = 100, .bulk_rest_max = 500ms}};
    bulk.share_came(now);
    bulk.left(now);
    EXPECT_EQ(bulk.due(now, now, true), now + 500ms) << "one is under way";
    bulk.came_home(now + 2ms);
    EXPECT_EQ(bulk.due(now, now, true), now + 202ms);
    EXPECT_EQ(bulk.due(now, now, false), now + 42ms) << "another partition's is not held up by it";
}

TEST_F(LonePaceTest, ARestEndsWithTheMining) {
    pace.share_came(now);
    pace.left(now + 950ms);
    EXPECT_EQ(pace.due(now + 1s, now + 950ms, false), now + 1150ms);
    EXPECT_EQ(pace.due(now + 1001ms, now + 950ms, false), now + 1001ms);
}

TEST_F(LonePaceTest, InAHurryNothingRests) {
    pace.share_came(now);
    pace.left(now);
    pace.hurry();
    EXPECT_EQ(pace.due(now, now, false), now);
}

}  // namespace
}  // namespace bus
