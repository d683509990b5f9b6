#include "edge/unread_watch.h"

#include <gtest/gtest.h>

namespace edge {
namespace {

using namespace std::chrono_literals;

constexpr base::SteadyTime start{1h};

TEST(UnreadWatch, AsksOnlyAboutWhatWasWrittenLongEnoughAgo) {
    UnreadWatch watch;
    EXPECT_FALSE(watch.wants_answer(start)) << "nothing was written";
    watch.wrote(start);
    EXPECT_FALSE(watch.wants_answer(start + 1399ms));
    EXPECT_TRUE(watch.wants_answer(start + 1400ms));
    watch.wrote(start + 1400ms);
    EXPECT_TRUE(watch.wants_answer(start + 1400ms)) << "the first may stand still";
}

TEST(UnreadWatch, AsksUntilNothingIsUnread) {
    UnreadWatch watch;
    watch.wrote(start);
    watch.answered(Unread::on_its_way, start + 2s);
    EXPECT_TRUE(watch.wants_answer(start + 2s));
    watch.answered(Unread::none, start + 3s);
    EXPECT_FALSE(watch.wants_answer(start + 1h));
    watch.wrote(start + 1h);
    EXPECT_TRUE(watch.wants_answer(start + 1h + 1400ms));
}

TEST(UnreadWatch, KnowsSinceWhenThePeerTakesNothing) {
    UnreadWatch watch;
    watch.wrote(start);
    EXPECT_EQ(watch.standing_since(), std::nullopt);
    watch.answered(Unread::standing, start + 2s);
    watch.answered(Unread::standing, start + 3s);
    EXPECT_EQ(watch.standing_since(), start + 2s);
    EXPECT_TRUE(watch.wants_answer(start + 4s));
    watch.answered(Unread::on_its_way, start + 4s);
    EXPECT_EQ(watch.standing_since(), std::nullopt);
    watch.answered(Unread::standing, start + 5s);
    watch.answered(Unread::none, start + 6s);
    EXPECT_EQ(watch.standing_since(), std::nullopt);
}

}  // namespace
}  // namespace edge
