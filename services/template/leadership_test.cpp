#include "template/leadership.h"

#include <gtest/gtest.h>

namespace templates {
namespace {

using ledger::LeaseAnswer;
using Kind = LeaseAnswer::Kind;
using std::chrono::milliseconds;

constexpr base::SteadyTime start{std::chrono::hours{1}};

LeaseAnswer answer(Kind kind, std::uint64_t epoch) {
    return {.kind = kind,
            .epoch = mining::Epoch{epoch},
            .owner = {},
            .left = milliseconds{700},
            .usable_after = {}};
}

template <class Wanted>
const Wanted* only(const Leadership::Effects& effects) {
    return effects.size() == 1 ? std::get_if<Wanted>(&effects.front()) : nullptr;
}

class LeadershipTest : public testing::Test {
  protected:
    Leadership::Effects pass(milliseconds time) {
        now += time;
        return leadership.on_time(now, is_able);
    }
    void lead(std::uint64_t epoch) {
        ASSERT_NE(only<Leadership::Take>(pass(milliseconds{0})), nullptr);
        ASSERT_TRUE(leadership.on_answer(answer(Kind::taken, epoch), now).empty());
        ASSERT_NE(only<Leadership::Confirm>(pass(milliseconds{0})), nullptr);
        ASSERT_NE(only<Leadership::Begin>(leadership.on_answer(answer(Kind::held, epoch), now)),
                  nullptr);
        ASSERT_TRUE(leadership.is_leading());
    }

    Leadership leadership{{.lease = milliseconds{1'000}}};
    base::SteadyTime now = start;
    bool is_able = true;
};

TEST_F(LeadershipTest, WithoutATemplateOfItsOwnItDoesNotAsk) {
    is_able = false;
    EXPECT_TRUE(pass(milliseconds{0}).empty());
    EXPECT_TRUE(pass(milliseconds{5'000}).empty());
    is_able = true;
    EXPECT_NE(only<Leadership::Take>(pass(milliseconds{1'000})), nullptr);
}

TEST_F(LeadershipTest, AnEpochIsUsedWhenItsTimeHasComeAndRedisStillKnowsIt) {
    ASSERT_NE(only<Leadership::Take>(pass(milliseconds{0})), nullptr);
    auto taken = answer(Kind::taken, 7);
    taken.usable_after = milliseconds{8};
    EXPECT_TRUE(leadership.on_answer(taken, now).empty());
    EXPECT_TRUE(pass(milliseconds{7}).empty());
    EXPECT_FALSE(leadership.is_leading());
    EXPECT_EQ(leadership.next_at(), now + milliseconds{1});
    ASSERT_NE(only<Leadership::Confirm>(pass(milliseconds{1})), nullptr);
    EXPECT_FALSE(leadership.is_leading());
    const auto effects = leadership.on_answer(answer(Kind::held, 7), now);
    ASSERT_NE(only<Leadership::Begin>(effects), nullptr);
    EXPECT_EQ(only<Leadership::Begin>(effects)->epoch, mining::Epoch{7});
}

TEST_F(LeadershipTest, AnEpochThatWasNamedAgainMeanwhileIsNotUsed) {
    ASSERT_NE(only<Leadership::Take>(pass(milliseconds{0})), nullptr);
    leadership.on_answer(answer(Kind::taken, 7), now);
    ASSERT_NE(only<Leadership::Confirm>(pass(milliseconds{0})), nullptr);
    EXPECT_TRUE(leadership.on_answer(answer(Kind::fenced, 7), now).empty());
    const auto effects = pass(milliseconds{250});
    ASSERT_NE(only<Leadership::Take>(effects), nullptr);
    EXPECT_EQ(only<Leadership::Take>(effects)->newest, mining::Epoch{7});
}

TEST_F(LeadershipTest, WaitsByRedisClockWhichMayJump) {
    ASSERT_NE(only<Leadership::Take>(pass(milliseconds{0})), nullptr);
    auto ahead = answer(Kind::taken, 7);
    ahead.usable_after = milliseconds{100};
    leadership.on_answer(ahead, now);
    ASSERT_NE(only<Leadership::Confirm>(pass(milliseconds{100})), nullptr);
    ahead.kind = Kind::held;
    ahead.usable_after = milliseconds{50};
    EXPECT_TRUE(leadership.on_answer(ahead, now).empty());
    ASSERT_NE(only<Leadership::Confirm>(pass(milliseconds{50})), nullptr);
    EXPECT_NE(only<Leadership::Begin>(leadership.on_answer(answer(Kind::held, 7), now)), nullptr);
}

TEST_F(LeadershipTest, ALeaderRenewsFourTimesALease) {
    lead(7);
    EXPECT_TRUE(pass(milliseconds{249}).empty());
    EXPECT_NE(only<Leadership::Renew>(pass(milliseconds{1})), nullptr);
    EXPECT_TRUE(pass(milliseconds{500}).empty()) << "one question at a time";
    leadership.on_answer(answer(Kind::held, 7), now);
    EXPECT_EQ(leadership.confirmed_at(), now - milliseconds{500}) << "since it was asked for";
}

TEST_F(LeadershipTest, ARedisThatDoesNotAnswerEndsNothing) {
    lead(7);
    for (int i = 0; i < 100; ++i) {
        ASSERT_NE(only<Leadership::Renew>(pass(milliseconds{1'000})), nullptr);
        leadership.on_no_answer(now);
        EXPECT_TRUE(leadership.is_leading());
    }
}

TEST_F(LeadershipTest, ANewerEpochInRedisEndsIt) {
    lead(7);
    ASSERT_NE(only<Leadership::Renew>(pass(milliseconds{250})), nullptr);
    EXPECT_NE(only<Leadership::End>(leadership.on_answer(answer(Kind::fenced, 8), now)), nullptr);
    EXPECT_FALSE(leadership.is_leading());
    const auto effects = pass(milliseconds{250});
    ASSERT_NE(only<Leadership::Take>(effects), nullptr);
    EXPECT_EQ(only<Leadership::Take>(effects)->newest, mining::Epoch{8});
}

TEST_F(LeadershipTest, ANewerEpochInAStreamEndsItWithoutRedis) {
    lead(7);
    EXPECT_TRUE(leadership.on_epoch_seen(mining::Epoch{6}, now).empty());
    EXPECT_TRUE(leadership.on_epoch_seen(mining::Epoch{7}, now).empty());
    EXPECT_NE(only<Leadership::End>(leadership.on_epoch_seen(mining::Epoch{8}, now)), nullptr);
    EXPECT_FALSE(leadership.is_leading());
}

TEST_F(LeadershipTest, AnEpochOlderThanOneSeenIsNotUsed) {
    ASSERT_NE(only<Leadership::Take>(pass(milliseconds{0})), nullptr);
    leadership.on_epoch_seen(mining::Epoch{9}, now);
    EXPECT_NE(only<Leadership::Release>(leadership.on_answer(answer(Kind::taken, 8), now)),
              nullptr);
    EXPECT_TRUE(pass(milliseconds{100}).empty());
    EXPECT_FALSE(leadership.is_leading());
}

TEST_F(LeadershipTest, AFollowerAsksWhenTheLeaseHasRunOut) {
    ASSERT_NE(only<Leadership::Take>(pass(milliseconds{0})), nullptr);
    auto other = answer(Kind::taken_by_another, 7);
    other.left = milliseconds{30};
    leadership.on_answer(other, now);
    EXPECT_TRUE(pass(milliseconds{30}).empty());
    EXPECT_NE(only<Leadership::Take>(pass(milliseconds{5})), nullptr);
}

TEST_F(LeadershipTest, AFollowerAsksAtOnceWhenItsLeaderIsGone) {
    ASSERT_NE(only<Leadership::Take>(pass(milliseconds{0})), nullptr);
    leadership.on_answer(answer(Kind::taken_by_another, 7), now);
    leadership.ask_soon(now);
    EXPECT_NE(only<Leadership::Take>(pass(milliseconds{1})), nullptr);
}

TEST_F(LeadershipTest, ALeaderWithoutItsNodeHandsOver) {
    lead(7);
    is_able = false;
    const auto effects = pass(milliseconds{10});
    ASSERT_EQ(effects.size(), 2U);
    EXPECT_TRUE(std::holds_alternative<Leadership::Release>(effects[0]));
    EXPECT_TRUE(std::holds_alternative<Leadership::End>(effects[1]));
    EXPECT_TRUE(pass(milliseconds{5'000}).empty());
}

TEST_F(LeadershipTest, AStopHandsOverAndAsksForNothingMore) {
    lead(7);
    const auto effects = leadership.on_stop();
    ASSERT_EQ(effects.size(), 2U);
    EXPECT_TRUE(std::holds_alternative<Leadership::Release>(effects[0]));
    EXPECT_TRUE(pass(milliseconds{5'000}).empty());
}

TEST_F(LeadershipTest, AnAnswerAfterTheStopIsHandedBack) {
    ASSERT_NE(only<Leadership::Take>(pass(milliseconds{0})), nullptr);
    EXPECT_TRUE(leadership.on_stop().empty());
    EXPECT_NE(only<Leadership::Release>(leadership.on_answer(answer(Kind::taken, 7), now)),
              nullptr);
}

TEST_F(LeadershipTest, AnEpochWithoutNamesIsHandedBackForAnother) {
    lead(7);
    EXPECT_EQ(leadership.on_exhausted(now).size(), 2U);
    EXPECT_NE(only<Leadership::Take>(pass(milliseconds{1})), nullptr);
}

}  // namespace
}  // namespace templates
