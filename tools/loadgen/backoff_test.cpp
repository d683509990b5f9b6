#include "loadgen/backoff.h"

#include <gtest/gtest.h>

namespace loadgen {
namespace {

using namespace std::chrono_literals;

TEST(Backoff, DoublesUpToItsMostAndBeginsAnewAfterWork) {
    base::SeededRandom random{1};
    Backoff backoff;
    for (const auto most : {250ms, 500ms, 1000ms, 2000ms, 4000ms, 4000ms}) {
        const auto wait = backoff.lost(random);
        EXPECT_GE(wait, most / 2);
        EXPECT_LE(wait, most);
    }
    backoff.worked();
    EXPECT_LE(backoff.lost(random), 250ms);
}

TEST(Backoff, ManyDoNotComeBackAtOnce) {
    base::SeededRandom random{1};
    std::chrono::milliseconds least = 1h;
    std::chrono::milliseconds most{};
    for (int i = 0; i < 1000; ++i) {
        const auto wait = Backoff::asked(random);
        least = std::min(least, wait);
        most = std::max(most, wait);
    }
    EXPECT_LT(least, 20ms);
    EXPECT_GT(most, 480ms);
    EXPECT_LE(most, Backoff::asked_max);
}

}  // namespace
}  // namespace loadgen
