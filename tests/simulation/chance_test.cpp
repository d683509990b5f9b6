#include "simulation/chance.h"

#include <gtest/gtest.h>

#include <vector>

namespace simulation {
namespace {

TEST(Chance, IsTheSameForTheSameSeed) {
    Chance a{7};
    Chance b{7};
    Chance other{8};
    EXPECT_EQ(a.next_u64(), b.next_u64());
    EXPECT_NE(a.next_u64(), other.next_u64());
}

TEST(Chance, ForksDoNotDependOnWhatWasDrawnBefore) {
    Chance a{7};
    Chance b{7};
    a.next();
    EXPECT_EQ(a.fork("miner").next(), b.fork("miner").next());
    EXPECT_NE(a.fork("miner").next(), a.fork("node").next());
}

TEST(Chance, HappensAboutAsOftenAsItIsSaid) {
    Chance chance{1};
    int happened = 0;
    for (int i = 0; i < 10'000; ++i) happened += chance.happens(0.1) ? 1 : 0;
    EXPECT_GT(happened, 900);
    EXPECT_LT(happened, 1'100);
    EXPECT_FALSE(chance.happens(0));
    EXPECT_TRUE(chance.happens(1));
}

TEST(Chance, ReachesBothEndsOfARange) {
    Chance chance{2};
    std::vector<int> seen(3);
    for (int i = 0; i < 100; ++i) ++seen.at(chance.between(5, 7) - 5);
    for (const auto count : seen) EXPECT_GT(count, 0);
}

}  // namespace
}  // namespace simulation
