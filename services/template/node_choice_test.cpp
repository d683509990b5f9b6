#include "template/node_choice.h"

#include <gtest/gtest.h>

namespace templates {
namespace {

using namespace std::chrono_literals;
using Give = NodeChoice::Give;
using Why = NodeChoice::Why;

// A block, by a letter of its own and its height.
NodeTip block(char name, std::uint32_t height) {
    NodeTip tip{.height = height};
    tip.hash.value.bytes[0] = static_cast<std::uint8_t>(name);
    tip.hash.value.bytes[1] = static_cast<std::uint8_t>(height);
    return tip;
}

class NodeChoiceTest : public testing::Test {
  protected:
    // All of them usable.
    void SetUp() override {
        for (NodeIndex i = 0; i < 3; ++i) choice.set_health(i, Verdict::usable, Cause::none);
    }
    std::optional<Give> settle() {
        choice.give_up_tip(now);
        return choice.decide(now);
    }
    std::optional<Give> candidate(NodeIndex node, const NodeTip& tip, bool is_early = false) {
        choice.on_candidate(node, tip, is_early);
        return settle();
    }
    std::optional<Give> health(NodeIndex node, Verdict verdict, Cause cause = Cause::none) {
        choice.set_health(node, verdict, cause);
        return settle();
    }
    std::optional<Give> lose(NodeIndex node) {
        choice.on_gone(node);
        return health(node, Verdict::refused, Cause::unreachable);
    }
    std::optional<Give> wait(std::chrono::milliseconds time) {
        now += time;
        return settle();
    }
    // All three on one tip, the first leads.
    void start_at(const NodeTip& tip) {
        for (NodeIndex i = 0; i < 3; ++i) candidate(i, tip);
        ASSERT_EQ(choice.leader(), 0U);
    }

    static std::optional<Give> gives(NodeIndex node, Why why) { return Give{node, why}; }

    NodeChoice choice{3, {}};
    base::SteadyTime now{1h};
};

TEST_F(NodeChoiceTest, LeadsWithTheFirstThatHasACandidate) {
    EXPECT_EQ(settle(), std::nullopt);
    EXPECT_EQ(candidate(1, block('x', 100)), gives(1, Why::first));
    EXPECT_EQ(choice.leader(), 1U);
    EXPECT_EQ(candidate(0, block('x', 100)), std::nullopt) << "equals do not take over";
    EXPECT_EQ(candidate(1, block('x', 100)), gives(1, Why::same_tip));
    EXPECT_EQ(choice.leader(), 1U);
}

TEST_F(NodeChoiceTest, NeverTakesFromOneThatIsRefused) {
    health(0, Verdict::refused, Cause::wrong_network);
    EXPECT_EQ(candidate(0, block('x', 900)), std::nullopt);
    EXPECT_EQ(candidate(1, block('x', 100)), gives(1, Why::first));
    EXPECT_EQ(candidate(0, block('x', 901)), std::nullopt);
    EXPECT_EQ(wait(1h), std::nullopt);
    EXPECT_EQ(health(0, Verdict::usable), gives(0, Why::new_tip)) << "it kept its candidate";
}

TEST_F(NodeChoiceTest, TakesAPoorOneWhereThereIsNoBetter) {
    health(0, Verdict::poor, Cause::few_peers);
    candidate(0, block('x', 100));
    EXPECT_EQ(choice.leader(), 0U);
    EXPECT_EQ(candidate(1, block('x', 100)), gives(1, Why::same_tip));
    EXPECT_EQ(choice.leader(), 1U);
    EXPECT_EQ(health(0, Verdict::usable), std::nullopt);
    EXPECT_EQ(choice.leader(), 1U) << "who leads stays among equals";
}

TEST_F(NodeChoiceTest, GivesANewTipOfWhoeverIsFirst) {
    start_at(block('x', 100));
    EXPECT_EQ(candidate(2, block('x', 101), true), gives(2, Why::new_tip));
    EXPECT_EQ(choice.leader(), 0U) << "it has a moment to follow";
    EXPECT_EQ(candidate(2, block('x', 101)), gives(2, Why::same_tip)) << "the full one";
    EXPECT_EQ(candidate(1, block('x', 101)), std::nullopt) << "one is enough";
    EXPECT_EQ(candidate(0, block('x', 101)), gives(0, Why::same_tip)) << "the leader is there";
    EXPECT_EQ(candidate(2, block('x', 101)), std::nullopt);
    EXPECT_EQ(choice.leader(), 0U);
}

TEST_F(NodeChoiceTest, WaitsForTheLeadersFullTemplateWhileAnotherGives) {
    start_at(block('x', 100));
    candidate(2, block('x', 101));
    EXPECT_EQ(candidate(0, block('x', 101), true), std::nullopt);
    EXPECT_EQ(candidate(2, block('x', 101)), gives(2, Why::same_tip));
    EXPECT_EQ(candidate(0, block('x', 101)), gives(0, Why::same_tip));
}

TEST_F(NodeChoiceTest, LeavesALeaderThatDoesNotFollow) {
    start_at(block('x', 100));
    candidate(2, block('x', 101));
    EXPECT_EQ(wait(1999ms), std::nullopt);
    EXPECT_EQ(choice.leader(), 0U);
    EXPECT_EQ(candidate(0, block('x', 100)), std::nullopt) << "a better one, of the old tip";
    EXPECT_EQ(wait(1ms), std::nullopt);
    EXPECT_EQ(choice.leader(), 2U);
    EXPECT_EQ(candidate(0, block('x', 101)), std::nullopt);
    EXPECT_EQ(choice.leader(), 2U);
}

TEST_F(NodeChoiceTest, MovesAtOnceWhenTheLeaderIsLost) {
    start_at(block('x', 100));
    EXPECT_EQ(lose(0), gives(1, Why::same_tip));
    EXPECT_EQ(choice.leader(), 1U);
    EXPECT_EQ(health(0, Verdict::usable), std::nullopt);
    EXPECT_EQ(candidate(0, block('x', 100)), std::nullopt);
    EXPECT_EQ(choice.leader(), 1U) << "who comes back does not take over";
}

TEST_F(NodeChoiceTest, PrefersOneThatHasTheTipWhenTheLeaderIsLost) {
    start_at(block('x', 100));
    candidate(0, block('x', 101));
    candidate(2, block('x', 101));
    EXPECT_EQ(lose(0), gives(2, Why::same_tip));
}

TEST_F(NodeChoiceTest, GivesNoOlderTipWhenTheLeaderIsLost) {
    start_at(block('x', 100));
    candidate(0, block('x', 101));
    now += 50s;  // the others lag for long
    EXPECT_EQ(lose(0), std::nullopt);
    EXPECT_EQ(choice.leader(), 1U);
    EXPECT_EQ(candidate(1, block('x', 100)), std::nullopt);
    EXPECT_EQ(wait(10s), std::nullopt);
    EXPECT_EQ(candidate(2, block('x', 101)), gives(2, Why::same_tip));
}

TEST_F(NodeChoiceTest, TakesATipForLostThatNobodyHasForLong) {
    start_at(block('x', 100));
    candidate(0, block('x', 101));
    EXPECT_EQ(lose(0), std::nullopt);
    EXPECT_EQ(wait(29'999ms), std::nullopt);
    EXPECT_EQ(wait(1ms), gives(1, Why::lost_tip));
    EXPECT_EQ(candidate(2, block('x', 101)), gives(2, Why::new_tip)) << "so it was not lost";
}

TEST_F(NodeChoiceTest, DoesNotTakeARestartedNodesOldTipForAReorg) {
    start_at(block('x', 100));
    lose(1);
    lose(2);
    candidate(0, block('x', 101));
    lose(0);
    health(0, Verdict::usable);
    EXPECT_EQ(candidate(0, block('x', 100)), std::nullopt) << "it still reads its blocks";
    EXPECT_EQ(candidate(0, block('x', 101)), gives(0, Why::same_tip));
}

TEST_F(NodeChoiceTest, StaysWithTheTipOfAHeightThatWasFirst) {
    start_at(block('x', 100));
    candidate(1, block('a', 101));
    EXPECT_EQ(candidate(0, block('b', 101)), std::nullopt) << "though it leads";
    EXPECT_EQ(candidate(2, block('b', 101)), std::nullopt) << "though they are two";
    EXPECT_EQ(wait(3s), std::nullopt);
    EXPECT_EQ(choice.leader(), 1U) << "the only one that has it";
    EXPECT_EQ(wait(10min), std::nullopt);
    EXPECT_EQ(candidate(0, block('b', 102)), gives(0, Why::new_tip));
}

TEST_F(NodeChoiceTest, GoesToTheRivalAtOnceWhenTheTipsLastHolderIsLost) {
    start_at(block('x', 100));
    candidate(0, block('a', 101));
    candidate(1, block('x', 100));
    candidate(2, block('b', 101));
    EXPECT_EQ(lose(0), gives(2, Why::lost_tip));
    EXPECT_EQ(choice.tip(), block('b', 101));
}

TEST_F(NodeChoiceTest, ComesBackToAGivenUpTipWhenThoseWhoDidSoAreLost) {
    start_at(block('a', 101));
    lose(2);
    EXPECT_EQ(candidate(0, block('b', 100)), gives(0, Why::reorg));
    candidate(0, block('b', 101));
    ASSERT_EQ(choice.tip(), block('b', 101));
    candidate(2, block('x', 99));
    health(2, Verdict::usable);
    lose(0);
    EXPECT_EQ(choice.tip(), block('a', 101)) << "of the node that is left with the most";
}

TEST_F(NodeChoiceTest, FollowsTheOnlyNodeWhereverItGoes) {
    NodeChoice only{1, {}};
    only.set_health(0, Verdict::usable, Cause::none);
    const auto gives_at_once = [&](const NodeTip& tip, Why why) {
        only.on_candidate(0, tip, false);
        only.give_up_tip(now);
        return only.decide(now) == gives(0, why);
    };
    EXPECT_TRUE(gives_at_once(block('x', 100), Why::first));
    EXPECT_TRUE(gives_at_once(block('x', 101), Why::new_tip));
    EXPECT_TRUE(gives_at_once(block('x', 99), Why::reorg));
    EXPECT_TRUE(gives_at_once(block('y', 99), Why::reorg));
    EXPECT_TRUE(gives_at_once(block('x', 101), Why::new_tip));
}

TEST_F(NodeChoiceTest, FollowsAReorgThatTheMajorityAgreesOn) {
    start_at(block('x', 103));
    candidate(1, block('x', 101));
    EXPECT_EQ(choice.tip(), block('x', 103)) << "one of three";
    EXPECT_EQ(candidate(2, block('x', 101)), gives(1, Why::reorg));
    EXPECT_EQ(choice.leader(), 1U);
    EXPECT_TRUE(choice.is_on_given_up_tip(0));
    EXPECT_EQ(candidate(0, block('x', 103)), std::nullopt);
    EXPECT_EQ(candidate(0, block('x', 101)), std::nullopt);
    EXPECT_FALSE(choice.is_on_given_up_tip(0));
}

TEST_F(NodeChoiceTest, CountsThoseThatAreBehindOnlyBecauseTheyAgree) {
    start_at(block('x', 105));
    candidate(1, block('x', 101));
    health(1, Verdict::refused, Cause::behind);
    choice.on_candidate(2, block('x', 101), false);
    choice.set_health(2, Verdict::refused, Cause::behind);
    EXPECT_TRUE(choice.give_up_tip(now));
    choice.set_health(1, Verdict::usable, Cause::none);  // judged anew
    choice.set_health(2, Verdict::usable, Cause::none);
    EXPECT_EQ(choice.decide(now), gives(1, Why::reorg));
}

TEST_F(NodeChoiceTest, DoesNotCountThoseThatNeverHadTheTip) {
    candidate(0, block('x', 105));
    candidate(1, block('x', 100));
    candidate(2, block('x', 100));
    EXPECT_EQ(wait(1h), std::nullopt);
    EXPECT_EQ(choice.tip(), block('x', 105));
    EXPECT_EQ(choice.leader(), 0U);
}

TEST_F(NodeChoiceTest, DoesNotFollowALeaderThatIsAloneWithItsReorg) {
    start_at(block('x', 101));
    EXPECT_EQ(candidate(0, block('x', 100)), gives(1, Why::same_tip)) << "of one that has the tip";
    EXPECT_EQ(choice.tip(), block('x', 101));
    EXPECT_EQ(choice.leader(), 0U);
    EXPECT_EQ(wait(2s), std::nullopt);
    EXPECT_EQ(choice.leader(), 1U);
}

TEST_F(NodeChoiceTest, LetsTheLeadersWordDecideADraw) {
    start_at(block('x', 101));
    lose(2);
    EXPECT_EQ(candidate(1, block('x', 100)), std::nullopt);
    EXPECT_EQ(choice.tip(), block('x', 101)) << "the leader has it";
    candidate(1, block('x', 101));
    EXPECT_EQ(candidate(0, block('y', 100)), gives(0, Why::reorg));
    EXPECT_EQ(candidate(1, block('x', 101)), std::nullopt) << "it was given up";
    EXPECT_EQ(candidate(1, block('x', 102)), gives(1, Why::new_tip)) << "its chain grew";
}

TEST_F(NodeChoiceTest, TakesAGivenUpTipFromTheLastNodeThereIs) {
    start_at(block('x', 101));
    lose(2);
    candidate(0, block('x', 100));
    EXPECT_EQ(choice.tip(), block('x', 100));
    EXPECT_EQ(lose(0), gives(1, Why::new_tip));
    EXPECT_EQ(choice.tip(), block('x', 101));
}

TEST_F(NodeChoiceTest, HasNoLeaderWhenAllAreAway) {
    start_at(block('x', 100));
    lose(0);
    lose(1);
    EXPECT_EQ(lose(2), std::nullopt);
    EXPECT_EQ(choice.leader(), std::nullopt);
    now += 60s;
    health(1, Verdict::usable);
    EXPECT_EQ(choice.leader(), 1U);
    EXPECT_EQ(candidate(1, block('x', 104)), gives(1, Why::new_tip));
}

TEST_F(NodeChoiceTest, GivesNothingTwice) {
    start_at(block('x', 100));
    EXPECT_EQ(settle(), std::nullopt);
    EXPECT_EQ(wait(1h), std::nullopt);
    EXPECT_EQ(candidate(0, block('x', 100)), gives(0, Why::same_tip));
    EXPECT_EQ(settle(), std::nullopt);
}

}  // namespace
}  // namespace templates
