#include "service/health.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace service {
namespace {

using ::testing::ElementsAre;

TEST(Health, IsReadyOnlyWhenEveryConditionIs) {
    Health health;
    EXPECT_TRUE(health.is_ready());
    health.set_not_ready("template", "no template yet");
    health.set_not_ready("bus", "no worker");
    EXPECT_FALSE(health.is_ready());
    EXPECT_EQ(health.reason(), "bus: no worker; template: no template yet");
    health.set_ready("bus");
    health.set_ready("never named");
    EXPECT_FALSE(health.is_ready());
    health.set_ready("template");
    EXPECT_TRUE(health.is_ready());
    EXPECT_EQ(health.reason(), "");
}

TEST(Health, TellsChangesOnceAndTheStateAtTheBeginning) {
    Health health;
    std::vector<bool> heard;
    health.on_change([&](bool ready) { heard.push_back(ready); });
    health.set_not_ready("template", "a");
    health.set_not_ready("template", "b");
    health.set_not_ready("bus", "c");
    health.set_ready("bus");
    health.set_ready("template");
    EXPECT_THAT(heard, ElementsAre(true, false, true));
}

}  // namespace
}  // namespace service
