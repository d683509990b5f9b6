#include "translator/answer_times.h"

#include <gtest/gtest.h>

namespace translator {
namespace {

using namespace std::chrono_literals;

TEST(AnswerTimes, SaysNothingOfFew) {
    AnswerTimes times;
    for (std::size_t i = 1; i < AnswerTimes::enough; ++i) times.add(1s);
    EXPECT_EQ(times.ninth_of_ten(), std::nullopt);
    times.add(1s);
    EXPECT_EQ(times.ninth_of_ten(), 1s);
}

TEST(AnswerTimes, NineOfTenCameWithinIt) {
    AnswerTimes times;
    for (int i = 1; i <= 10; ++i) times.add(i * 1s);
    EXPECT_EQ(times.ninth_of_ten(), 9s);
    for (int i = 11; i <= 20; ++i) times.add(i * 1s);
    EXPECT_EQ(times.ninth_of_ten(), 18s);
}

TEST(AnswerTimes, ForgetsWhatWasLongAgo) {
    AnswerTimes times;
    for (std::size_t i = 0; i < AnswerTimes::kept; ++i) times.add(1min);
    for (std::size_t i = 0; i < AnswerTimes::kept; ++i) times.add(1ms);
    EXPECT_EQ(times.ninth_of_ten(), 1ms);
}

}  // namespace
}  // namespace translator
