#include "translator/pulse.h"

#include <gtest/gtest.h>

namespace translator {
namespace {

using namespace std::chrono_literals;
using Advice = Pulse::Advice;

constexpr base::SteadyTime start{1h};

TEST(Pulse, AsksAfterAMinuteOfSilenceAndGivesUpWithoutTheAnswerThatItGotBefore) {
    Pulse pulse{true, start};
    EXPECT_EQ(pulse.advise(start + 59s, std::nullopt), Advice::none);
    EXPECT_EQ(pulse.advise(start + 60s, std::nullopt), Advice::probe);
    EXPECT_EQ(pulse.advise(start + 69s, std::nullopt), Advice::none);
    EXPECT_EQ(pulse.advise(start + 70s, std::nullopt), Advice::dead);
}

TEST(Pulse, AnythingHeardIsALife) {
    Pulse pulse{true, start};
    EXPECT_EQ(pulse.advise(start + 60s, std::nullopt), Advice::probe);
    pulse.on_heard(start + 65s);
    EXPECT_EQ(pulse.advise(start + 80s, std::nullopt), Advice::none);
    EXPECT_EQ(pulse.advise(start + 125s, std::nullopt), Advice::probe);
}

TEST(Pulse, AsksSoonerWhereAnAnswerIsDue) {
    Pulse pulse{true, start};
    EXPECT_EQ(pulse.advise(start + 9s, start), Advice::none);
    EXPECT_EQ(pulse.advise(start + 10s, start), Advice::probe);
    EXPECT_EQ(pulse.advise(start + 20s, start), Advice::dead);
    // Acknowledgements may come late from a pool that says other things meanwhile.
    Pulse talking{true, start};
    talking.on_heard(start + 9s);
    EXPECT_EQ(talking.advise(start + 18s, start), Advice::none);
}

TEST(Pulse, AsksAtOnceWhereAnotherConnectionHasDied) {
    Pulse pulse{false, start};
    pulse.doubt(true);
    EXPECT_EQ(pulse.advise(start + 1s, std::nullopt), Advice::probe);
    EXPECT_EQ(pulse.advise(start + 11s, std::nullopt), Advice::dead);
    Pulse other{true, start};
    other.doubt(false);
    other.on_heard(start + 1s);
    EXPECT_EQ(other.advise(start + 2s, std::nullopt), Advice::none);
}

TEST(Pulse, APoolThatNeverAnsweredAProbeMayBeQuietAsLongAsNothingIsDue) {
    Pulse pulse{false, start};
    EXPECT_EQ(pulse.advise(start + 60s, std::nullopt), Advice::probe);
    EXPECT_EQ(pulse.advise(start + 1h, std::nullopt), Advice::none);
    EXPECT_EQ(pulse.advise(start + 1h, start + 1h - 179s), Advice::none);
    EXPECT_EQ(pulse.advise(start + 1h, start + 1h - 180s), Advice::dead);
}

TEST(Pulse, LearnsThatAPoolAnswers) {
    Pulse pulse{false, start};
    EXPECT_EQ(pulse.advise(start + 60s, std::nullopt), Advice::probe);
    pulse.on_heard(start + 61s);
    pulse.on_probe_answered();
    EXPECT_EQ(pulse.advise(start + 121s, std::nullopt), Advice::probe);
    EXPECT_EQ(pulse.advise(start + 131s, std::nullopt), Advice::dead);
}

}  // namespace
}  // namespace translator
