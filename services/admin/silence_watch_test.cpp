#include "admin/silence_watch.h"

#include <gmock/gmock.h>

namespace admin {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr base::UnixMicros start{1'700'000'000s};
constexpr mining::Epoch gateway{1};

/// Three channels of one gateway in partition 0, a share a second each, and one of another.
struct SilenceWatchTest : testing::Test {
    SilenceWatchTest() {
        for (int i = 0; i < 3; ++i) watch.add(gateway, 0);
        watch.add(mining::Epoch{2}, 0);
        for (SilenceWatch::Place place = 0; place < 4; ++place)
            watch.set(place, start + 10s, place == 3 ? 0.01 : 1);
        watch.heard(gateway, 0, start);
        watch.heard(mining::Epoch{2}, 0, start);
    }
    std::vector<SilenceWatch::Place> overdue(bool is_stuck = false) {
        return watch.overdue([is_stuck](mining::Epoch) { return is_stuck; });
    }
    SilenceWatch watch;
};

TEST_F(SilenceWatchTest, CallsADeadlineWhenTheLogIsKnownThatFar) {
    watch.set_complete(0, start + 9s);
    watch.heard(gateway, 0, start + 9s);
    EXPECT_THAT(overdue(), IsEmpty());
    watch.set_complete(0, start + 10s);
    watch.set(1, start + 20s, 1);
    watch.heard(gateway, 0, start + 10s);
    EXPECT_THAT(overdue(), ElementsAre(0, 2, 3));
    EXPECT_NEAR(watch.shares_per_second(), 3.01, 1e-6);
}

TEST_F(SilenceWatchTest, DoesNotTakeAGatewayThatIsHeldUpForItsMiners) {
    watch.set_complete(0, start + 15s);
    EXPECT_THAT(overdue(), ElementsAre(3)) << "45 shares of three miners are missing at once";
    EXPECT_TRUE(watch.heard(gateway, 0, start + 16s)) << "their silence counts from here";
    EXPECT_FALSE(watch.heard(gateway, 0, start + 17s));
}

TEST_F(SilenceWatchTest, BelievesAMinuteOfSilenceOfAllUnlessTheGatewayStandsStill) {
    watch.set_complete(0, start + 61s);
    EXPECT_THAT(overdue(true), ElementsAre(3));
    EXPECT_THAT(overdue(false), ElementsAre(0, 1, 2, 3));
}

TEST_F(SilenceWatchTest, GivesThePlaceOfOneThatIsGoneToTheLast) {
    watch.set_complete(0, start + 10s);
    watch.heard(gateway, 0, start + 10s);
    watch.set(0, start + 30s, 1);
    watch.remove(1);
    EXPECT_EQ(watch.size(), 3U);
    EXPECT_THAT(overdue(), ElementsAre(1, 2)) << "the other gateway's is at 1 now";
}

}  // namespace
}  // namespace admin
