#include "template/node_choice.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>
#include <string>

#include "base/random.h"

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

// A net of nodes that follow chains, die, come back, lag, are refused and reorganise, and what the
// choice makes of it, checked against what each node is known to have said.
class Storm {
  public:
    explicit Storm(std::uint64_t seed) : random_(seed), size_(1 + pick(5)), choice_(size_, {}) {
        nodes_.resize(size_);
        for (NodeIndex i = 0; i < size_; ++i)
            choice_.set_health(i, Verdict::refused, Cause::unheard);
    }

    void run(int steps) {
        for (int step = 0; step < steps && !testing::Test::HasFailure(); ++step) {
            now_ += std::chrono::milliseconds{pick(4) == 0 ? pick(40'000) : pick(300)};
            change();
            settle();
        }
    }

    // Everybody sees the best chain: within a moment the pool is there, too, and the leader gives.
    void calm() {
        const auto best = block('z', 10'000);
        for (NodeIndex i = 0; i < size_; ++i) {
            set_verdict(i, Verdict::usable, Cause::none);
            say(i, best);
            settle();
        }
        now_ += 3s;
        settle();
        ASSERT_EQ(choice_.tip(), best);
        ASSERT_TRUE(choice_.leader());
        choice_.on_candidate(*choice_.leader(), best, false);
        given_.reset();
        settle();
        EXPECT_EQ(given_, choice_.leader());
    }

    std::map<Why, int> seen{};

  private:
    struct Node {
        Verdict verdict = Verdict::refused;
        Cause cause = Cause::unheard;
        std::optional<NodeTip> tip{};
        std::set<bitcoin::BlockHash> has_said{};  // since it was last away
    };

    std::uint32_t pick(std::uint32_t below) {
        return static_cast<std::uint32_t>(random_.next_u64() % below);
    }

    void say(NodeIndex node, const NodeTip& tip) {
        nodes_[node].tip = tip;
        nodes_[node].has_said.insert(tip.hash);
        choice_.on_candidate(node, tip, pick(3) == 0);
    }
    void set_verdict(NodeIndex node, Verdict verdict, Cause cause) {
        nodes_[node].verdict = verdict;
        nodes_[node].cause = cause;
        choice_.set_health(node, verdict, cause);
    }

    void change() {
        const NodeIndex node = pick(static_cast<std::uint32_t>(size_));
        const auto height = nodes_[node].tip ? nodes_[node].tip->height : 100;
        const char branch = static_cast<char>('a' + pick(2));
        switch (pick(10)) {
            case 0:
                choice_.on_gone(node);
                nodes_[node].tip.reset();
                nodes_[node].has_said.clear();
                return set_verdict(node, Verdict::refused, Cause::unreachable);
            case 1: return set_verdict(node, Verdict::refused, Cause::behind);
            case 2: return set_verdict(node, Verdict::poor, Cause::few_peers);
            case 3:
            case 4: return set_verdict(node, Verdict::usable, Cause::none);
            case 5: return say(node, block(branch, height - std::min(height, pick(4))));
            case 6: return say(node, block(branch, height + 1));
            default:  // follows another one
                if (const auto& other = nodes_[pick(static_cast<std::uint32_t>(size_))].tip)
                    say(node, *other);
        }
    }

    bool is_usable(NodeIndex node) const { return nodes_[node].verdict != Verdict::refused; }

    std::size_t count(const std::function<bool(NodeIndex)>& claim) const {
        std::size_t found = 0;
        for (NodeIndex i = 0; i < size_; ++i) found += claim(i) ? 1U : 0U;
        return found;
    }

    // Of those with a say: who has the block or more, who had it and is elsewhere.
    std::pair<std::size_t, std::size_t> votes(const NodeTip& tip) const {
        const auto has_say = [&](NodeIndex i) {
            return nodes_[i].tip && (is_usable(i) || nodes_[i].cause == Cause::behind);
        };
        const auto is_for = [&](NodeIndex i) {
            return has_say(i) && (nodes_[i].tip == tip || nodes_[i].tip->height > tip.height);
        };
        return {count(is_for), count([&](NodeIndex i) {
                    return has_say(i) && !is_for(i) && nodes_[i].has_said.contains(tip.hash);
                })};
    }

    void settle() {
        const auto leader = choice_.leader();
        note_holders();
        if (choice_.give_up_tip(now_)) check_given_up(leader);
        if (const auto give = choice_.decide(now_)) check(*give);
        const bool has_usable = count([&](NodeIndex i) { return is_usable(i); }) > 0;
        EXPECT_EQ(choice_.leader().has_value(), has_usable);
        EXPECT_TRUE(!has_usable || is_usable(*choice_.leader()));
    }

    void note_holders() {
        if (!last_ || count([&](NodeIndex i) {
                          return is_usable(i) && nodes_[i].tip &&
                                 (nodes_[i].tip == last_ || nodes_[i].tip->height > last_->height);
                      }) > 0)
            unheld_since_.reset();
        else if (!unheld_since_)
            unheld_since_ = now_;
    }

    void check_given_up(std::optional<NodeIndex> leader) {
        ASSERT_TRUE(last_);
        const auto [in_favour, against] = votes(*last_);
        const bool is_leader_against = leader && nodes_[*leader].tip &&
                                       nodes_[*leader].tip != last_ &&
                                       nodes_[*leader].has_said.contains(last_->hash);
        is_taken_back_ = against > in_favour || (against == in_favour && is_leader_against);
        given_up_at_ = now_;
        EXPECT_TRUE(is_taken_back_ || unheld_since_)
            << against << " against and " << in_favour << " in favour";
    }

    void check(const Give& give) {
        const auto tip = *nodes_[give.node].tip;
        EXPECT_TRUE(is_usable(give.node));
        if (last_ && tip != last_ && tip.height <= last_->height) {
            EXPECT_TRUE(given_up_at_) << "from " << last_->height << " to " << tip.height;
            EXPECT_TRUE(give.why == Why::reorg
                            ? is_taken_back_
                            : give.why == Why::lost_tip &&
                                  (tip.height == last_->height || now_ - *unheld_since_ >= 30s));
        }
        ++seen[give.why];
        last_ = tip;
        given_ = give.node;
        given_up_at_.reset();
    }

    base::SeededRandom random_;
    std::size_t size_;
    NodeChoice choice_;
    std::vector<Node> nodes_{};
    base::SteadyTime now_{1h};
    std::optional<NodeTip> last_{};
    std::optional<base::SteadyTime> unheld_since_{};
    std::optional<base::SteadyTime> given_up_at_{};  // and nothing given since
    bool is_taken_back_ = false;
    std::optional<NodeIndex> given_{};
};

TEST(NodeChoiceProperty, NeverGoesBackUnlessAgreedNorTakesFromARefusedNode) {
    std::map<Why, int> seen;
    for (std::uint64_t seed = 1; seed <= 3'000 && !testing::Test::HasFailure(); ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Storm storm{seed};
        storm.run(200);
        storm.calm();
        for (const auto& [why, times] : storm.seen) seen[why] += times;
    }
    for (const auto why : {Why::first, Why::new_tip, Why::same_tip, Why::reorg, Why::lost_tip})
        EXPECT_GT(seen[why], 1'000) << "it must have happened";
}

}  // namespace
}  // namespace templates
