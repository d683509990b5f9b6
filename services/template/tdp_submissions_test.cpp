#include "template/tdp_submissions.h"

#include <gtest/gtest.h>

namespace templates {
namespace {

using namespace std::chrono_literals;
using Kind = SubmitAnswer::Kind;

bitcoin::BlockHash hash(std::uint8_t byte) {
    bitcoin::BlockHash made;
    made.value.bytes.fill(byte);
    return made;
}

class TdpSubmissionsTest : public testing::Test {
  protected:
    TdpSubmissionsTest() { submissions.on_tip(hash(1)); }

    void send(std::uint8_t block, std::uint8_t built_on = 1) {
        submissions.sent(hash(block), hash(built_on), now, [](const auto&) {});
    }

    base::SteadyTime now{1h};
    TdpSubmissions submissions{};
};

TEST_F(TdpSubmissionsTest, TakesATipForTheAnswer) {
    send(2);
    EXPECT_TRUE(submissions.on_time(now + 4s).empty());
    const auto answers = submissions.on_tip(hash(2));
    ASSERT_EQ(answers.size(), 1U);
    EXPECT_EQ(answers.front().answer.kind, Kind::accepted);
    EXPECT_TRUE(submissions.was_tip(hash(2)));
    EXPECT_EQ(submissions.tip(), hash(2));
    EXPECT_TRUE(submissions.on_time(now + 1h).empty()) << "answered once";
}

TEST_F(TdpSubmissionsTest, KnowsNothingWhereTheTipStays) {
    send(2);
    const auto answers = submissions.on_time(now + TdpSubmissions::patience);
    ASSERT_EQ(answers.size(), 1U);
    EXPECT_EQ(answers.front().answer.kind, Kind::unreachable) << "it is asked again";
}

TEST_F(TdpSubmissionsTest, CallsABlockLostWhenAnotherHasItsPlace) {
    send(2);
    EXPECT_TRUE(submissions.on_tip(hash(3)).empty()) << "ours may still win";
    const auto answers = submissions.on_time(now + TdpSubmissions::patience);
    ASSERT_EQ(answers.size(), 1U);
    EXPECT_EQ(answers.front().answer.kind, Kind::rejected);
    EXPECT_EQ(answers.front().answer.reason.find("inconclusive"), 0U);
}

TEST_F(TdpSubmissionsTest, HearsOfABlockThatWinsAfterAll) {
    send(2);
    submissions.on_tip(hash(3));
    const auto answers = submissions.on_tip(hash(2));
    ASSERT_EQ(answers.size(), 1U);
    EXPECT_EQ(answers.front().answer.kind, Kind::accepted);
}

TEST_F(TdpSubmissionsTest, AnswersEachWhoAsksForTheSameBlock) {
    send(2);
    send(2);
    EXPECT_EQ(submissions.on_tip(hash(2)).size(), 2U);
}

TEST_F(TdpSubmissionsTest, AnswersAtTheLossOfTheConnectionAndRemembersTips) {
    send(2);
    const auto answers = submissions.on_lost("gone");
    ASSERT_EQ(answers.size(), 1U);
    EXPECT_EQ(answers.front().answer, (SubmitAnswer{Kind::unreachable, "gone"}));
    submissions.on_tip(hash(2));
    EXPECT_TRUE(submissions.was_tip(hash(2))) << "the next connection's first tip tells";
}

TEST_F(TdpSubmissionsTest, BoundsWhatItRemembers) {
    for (int i = 0; i < 250; ++i) submissions.on_tip(hash(static_cast<std::uint8_t>(i)));
    EXPECT_FALSE(submissions.was_tip(hash(1)));
    EXPECT_TRUE(submissions.was_tip(hash(249)));
    EXPECT_TRUE(submissions.was_tip(hash(106)));
    EXPECT_FALSE(submissions.was_tip(hash(105)));
}

}  // namespace
}  // namespace templates
