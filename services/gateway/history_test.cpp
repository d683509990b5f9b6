#include "gateway/history.h"

#include <gtest/gtest.h>

namespace gateway {
namespace {

TEST(History, KnowsWhatWasInForceAtEveryMomentThatAJobMayAskAbout) {
    History<int> history{10, 1};
    history.change(20, 2);
    history.change(30, 3);
    EXPECT_EQ(history.at(9), 1);
    EXPECT_EQ(history.at(10), 1);
    EXPECT_EQ(history.at(19), 1);
    EXPECT_EQ(history.at(20), 2);
    EXPECT_EQ(history.at(29), 2);
    EXPECT_EQ(history.at(31), 3);
    EXPECT_EQ(history.current(), 3);
    history.forget_before(25);
    EXPECT_EQ(history.at(25), 2) << "what was in force then stays";
    EXPECT_EQ(history.at(30), 3);
}

}  // namespace
}  // namespace gateway
