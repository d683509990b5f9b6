#include "translator/slot.h"

#include <gtest/gtest.h>

#include "translator/aggregate_testing.h"

namespace translator {
namespace {

class SlotTest : public testing::Test {
  protected:
    Slot& add() { return slots.add(miner, LocalVardiff{terms, 0, bitcoin::target_max()}); }

    const VardiffTerms terms{AggregateSettings{}};
    FakeMiner miner;
    Slots slots;
};

TEST_F(SlotTest, AHandleIsNeverUsedAgain) {
    const auto first = add().handle;
    slots.remove(first);
    const auto second = add().handle;
    EXPECT_NE(first, second);
    EXPECT_EQ(slots.find(first), nullptr);
    EXPECT_NE(slots.find(second), nullptr);
    EXPECT_EQ(slots.size(), 1U);
    EXPECT_EQ(slots.places(), 1U) << "but its place is";
    slots.remove(first);
    EXPECT_EQ(slots.size(), 1U);
    EXPECT_EQ(slots.handles(), std::vector{second});
}

TEST_F(SlotTest, JobIdsGrowAndKeepTheirTargets) {
    auto& slot = add();
    const auto a = slot.issue(5, one_in(10), true);
    const auto b = slot.issue(5, one_in(20), false);
    const auto c = slot.issue(6, one_in(20), false);
    const auto d = slot.issue(6, one_in(30), false);
    EXPECT_TRUE(a < b && b < c && c < d);
    EXPECT_EQ(Slot::number_of(a), 5U);
    EXPECT_EQ(Slot::number_of(b), 5U);
    EXPECT_EQ(Slot::number_of(d), 6U);
    EXPECT_EQ(slot.target_of(a), one_in(10));
    EXPECT_EQ(slot.target_of(b), one_in(20));
    EXPECT_EQ(slot.target_of(c), one_in(20));
    EXPECT_EQ(slot.target_of(d), one_in(30));
    EXPECT_EQ(slot.targets.size(), 3U) << "one for each change";
    EXPECT_FALSE(slot.target_of(d + 1)) << "was never issued";
    EXPECT_FALSE(slot.target_of(a - 1));
}

TEST_F(SlotTest, ACleanJobMakesThoseBeforeItVoid) {
    auto& slot = add();
    const auto before = slot.issue(5, one_in(10), true);
    const auto after = slot.issue(6, one_in(10), true);
    EXPECT_FALSE(slot.target_of(before));
    EXPECT_EQ(slot.target_of(after), one_in(10));
}

TEST_F(SlotTest, ChangesOfTargetAreRememberedWithinABound) {
    auto& slot = add();
    const auto first = slot.issue(1, one_in(10), true);
    std::uint64_t last{};
    for (std::size_t i = 0; i < targets_max; ++i)
        last = slot.issue(1, one_in(20 + static_cast<double>(i)), false);
    EXPECT_EQ(slot.targets.size(), targets_max);
    EXPECT_FALSE(slot.target_of(first));
    EXPECT_TRUE(slot.target_of(first + 1));
    EXPECT_TRUE(slot.target_of(last));
}

}  // namespace
}  // namespace translator
