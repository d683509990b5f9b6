#include "translator/update_debounce.h"

#include <gtest/gtest.h>

namespace translator {
namespace {

using namespace std::chrono_literals;

class UpdateDebounceTest : public testing::Test {
  protected:
    static bitcoin::Target target(double hashes) {
        return *bitcoin::target_for_hash_rate(hashes, 60);
    }
    UpdateDebounceTest() { debounce.opened_with({0, target(100)}, now); }

    base::SteadyTime now{1h};
    UpdateDebounce debounce;
};

TEST_F(UpdateDebounceTest, MinersThatComeAndGoAreToldOnceASecond) {
    debounce.miners_changed();
    EXPECT_FALSE(debounce.due({1, target(100)}, now + 999ms));
    EXPECT_EQ(debounce.due({1, target(100)}, now + 1s), (Demand{1, target(100)}));
    debounce.miners_changed();
    EXPECT_FALSE(debounce.due({0, target(100)}, now + 1999ms));
    EXPECT_EQ(debounce.due({0, target(100)}, now + 2s), (Demand{0, target(100)}));
    EXPECT_FALSE(debounce.due({0, target(100)}, now + 1h));
}

TEST_F(UpdateDebounceTest, WhatIsTheSameIsNotToldAgain) {
    debounce.miners_changed();
    EXPECT_FALSE(debounce.due({0, target(100)}, now + 1s));
}

TEST_F(UpdateDebounceTest, EstimatesThatDriftAreToldSeldom) {
    debounce.miners_changed();
    ASSERT_TRUE(debounce.due({1000, target(100)}, now + 1s));
    EXPECT_FALSE(debounce.due({1100, target(100)}, now + 10s));
    EXPECT_TRUE(debounce.due({1100, target(100)}, now + 11s));
    EXPECT_FALSE(debounce.due({1050, target(100)}, now + 60s)) << "within a twentieth";
    EXPECT_FALSE(debounce.due({1050, target(90)}, now + 20s));
    EXPECT_TRUE(debounce.due({1050, target(90)}, now + 21s)) << "another limit";
}

TEST_F(UpdateDebounceTest, ThatNobodyIsLeftIsTold) {
    debounce.miners_changed();
    ASSERT_TRUE(debounce.due({1000, target(100)}, now + 1s));
    debounce.miners_changed();
    const auto told = debounce.due({0, target(100)}, now + 2s);
    ASSERT_TRUE(told);
    EXPECT_EQ(told->hash_rate_hps, 0.0);
}

}  // namespace
}  // namespace translator
