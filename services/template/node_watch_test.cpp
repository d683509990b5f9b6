#include "template/node_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "template/watched_nodes.h"

namespace templates {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST(NodeWatch, GivesOnWhatTheLeaderGives) {
    WatchedNodes nodes{2};
    nodes.arrive(0, 100);
    nodes.arrive(1, 100);
    ASSERT_EQ(nodes.given.size(), 1U);
    EXPECT_EQ(nodes.last(), std::pair(NodeIndex{0}, 100U));
    EXPECT_THAT(nodes.states, ElementsAre(Pair(true, IsEmpty())));
    EXPECT_TRUE(nodes.watch.leads(0));
    EXPECT_FALSE(nodes.watch.leads(1));
}

TEST(NodeWatch, MovesToAnotherAtOnceWhenTheLeaderIsAway) {
    WatchedNodes nodes{3};
    for (const NodeIndex i : {0U, 1U, 2U}) nodes.arrive(i, 100);
    nodes.say(0, {.is_reachable = false, .why = "connection refused"});
    EXPECT_EQ(nodes.last(), std::pair(NodeIndex{1}, 100U));
    EXPECT_TRUE(nodes.has_metric(R"(adit_template_node_leads{node="node-1"} 1)"));
    EXPECT_TRUE(nodes.has_metric(R"(adit_template_node_switches_total{node="node-1"} 1)"));
    EXPECT_TRUE(nodes.has_metric(R"(adit_template_node_up{node="node-0"} 0)"));
    EXPECT_TRUE(nodes.has_metric(R"(adit_template_node_usable{node="node-0"} 0)"));
    EXPECT_TRUE(nodes.has_metric(R"(adit_template_node_usable{node="node-2"} 1)"));
    nodes.arrive(0, 100);
    EXPECT_EQ(nodes.given.size(), 2U) << "who comes back does not take over";
    EXPECT_TRUE(nodes.has_metric(R"(adit_template_node_up{node="node-0"} 1)"));
}

TEST(NodeWatch, SaysWhyEachIsAwayWhenAllAre) {
    WatchedNodes nodes{2};
    nodes.arrive(0, 100);
    nodes.arrive(1, 100);
    nodes.say(0, {.is_reachable = false, .why = "connection refused"});
    EXPECT_EQ(nodes.states.size(), 1U);
    nodes.say(1, {.is_reachable = false, .why = "timed out"});
    EXPECT_THAT(nodes.states.back(), Pair(false, "node-0: connection refused; node-1: timed out"));
    nodes.pass(60s);
    nodes.arrive(1, 106);
    EXPECT_THAT(nodes.states.back(), Pair(true, ""));
    EXPECT_EQ(nodes.last(), std::pair(NodeIndex{1}, 106U));
}

TEST(NodeWatch, RefusesALaggingNodeAndOneOfAnotherNetwork) {
    WatchedNodes nodes{3};
    auto foreign = nodes.status_at(900);
    foreign.network = bitcoin::Network::mainnet;
    nodes.say(0, foreign);
    nodes.offer(0, 900);
    nodes.arrive(1, 90);
    EXPECT_EQ(nodes.last(), std::pair(NodeIndex{1}, 90U)) << "it has nobody to lag behind";
    nodes.arrive(2, 100);
    EXPECT_EQ(nodes.last(), std::pair(NodeIndex{2}, 100U));
    nodes.offer(1, 90);
    nodes.offer(0, 901);
    EXPECT_EQ(nodes.given.size(), 2U);
    EXPECT_THAT(nodes.watch.health(0).reason, HasSubstr("is on chain 'main'"));
    EXPECT_THAT(nodes.watch.health(1).reason, HasSubstr("is 10 blocks behind node-2"));
    EXPECT_TRUE(nodes.has_metric(R"(adit_template_node_lag_blocks{node="node-1"} 10)"));
    nodes.arrive(1, 100);
    EXPECT_EQ(nodes.watch.health(1).verdict, Verdict::usable);
}

TEST(NodeWatch, FollowsAReorgDeeperThanALag) {
    WatchedNodes nodes{3};
    for (const NodeIndex i : {0U, 1U, 2U}) nodes.arrive(i, 100);
    nodes.arrive(1, 95);
    EXPECT_EQ(nodes.watch.health(1).cause, Cause::behind);
    EXPECT_EQ(nodes.last(), std::pair(NodeIndex{0}, 100U));
    nodes.arrive(2, 95);
    EXPECT_EQ(nodes.last().second, 95U);
    EXPECT_EQ(nodes.watch.health(1).verdict, Verdict::usable);
    EXPECT_EQ(nodes.watch.health(0).cause, Cause::given_up_tip);
}

TEST(NodeWatch, NoticesALagByTimeAlone) {
    WatchedNodes nodes{2};
    nodes.arrive(0, 100);
    nodes.arrive(1, 101);
    EXPECT_EQ(nodes.last(), std::pair(NodeIndex{1}, 101U));
    EXPECT_TRUE(nodes.watch.leads(0));
    nodes.pass(2s + 1ms);
    EXPECT_TRUE(nodes.watch.leads(1));
    EXPECT_EQ(nodes.watch.health(0).verdict, Verdict::poor);
    nodes.pass(60s);
    EXPECT_EQ(nodes.watch.health(0).verdict, Verdict::refused);
}

TEST(NodeWatch, KnowsAHeightByTheCandidateWhereTheNodeDoesNotTell) {
    WatchedNodes nodes{2};
    nodes.arrive(0, 100);
    nodes.say(1, {.is_reachable = true, .software = "sv2"});
    nodes.offer(1, 95);
    EXPECT_EQ(nodes.watch.health(1).cause, Cause::behind);
    nodes.offer(1, 100);
    EXPECT_EQ(nodes.watch.health(1).verdict, Verdict::usable);
    EXPECT_EQ(nodes.watch.record(1).status->tip, nodes.hash_at(100));
}

TEST(NodeWatch, GivesTransactionsOnOfWhatItGave) {
    WatchedNodes nodes{2};
    nodes.say(0, nodes.status_at(100));
    nodes.say(1, nodes.status_at(100));
    nodes.offer(0, 100, {.transactions = nullptr, .origin = 7});
    nodes.offer(1, 100, {.transactions = nullptr, .origin = 7});
    const auto transactions = std::make_shared<std::vector<base::Bytes>>();
    nodes.sources[1]->say.on_transactions(7, transactions);
    EXPECT_THAT(nodes.transactions, IsEmpty()) << "they are another node's";
    nodes.say(0, {.is_reachable = false});
    ASSERT_EQ(nodes.last(), std::pair(NodeIndex{1}, 100U));
    EXPECT_EQ(nodes.given.back().second.transactions, transactions) << "they came in time";
    nodes.sources[0]->say.on_transactions(7, transactions);
    EXPECT_THAT(nodes.transactions, ElementsAre(Pair(0, 7))) << "also of one that led before";
    nodes.sources[0]->say.on_transactions(7, transactions);
    EXPECT_EQ(nodes.transactions.size(), 1U);
}

TEST(NodeWatch, GoesOnWithoutANodeThatNeverWill) {
    WatchedNodes nodes{2};
    nodes.arrive(0, 100);
    nodes.arrive(1, 100);
    nodes.sources[0]->say.on_unusable("refuses our credentials");
    EXPECT_EQ(nodes.unusable, "");
    EXPECT_EQ(nodes.watch.health(0).reason, "refuses our credentials");
    EXPECT_EQ(nodes.last(), std::pair(NodeIndex{1}, 100U));
    nodes.arrive(0, 100);
    EXPECT_EQ(nodes.watch.health(0).verdict, Verdict::usable) << "it was put right";
}

TEST(NodeWatch, StopsWhenNoNodeEverWill) {
    WatchedNodes only{1};
    only.sources[0]->say.on_unusable("refuses our credentials");
    EXPECT_EQ(only.unusable, "refuses our credentials");
    WatchedNodes both{2};
    both.sources[1]->say.on_unusable("is on chain 'main'");
    both.sources[0]->say.on_unusable("refuses our credentials");
    EXPECT_EQ(both.unusable, "node-0: refuses our credentials; node-1: is on chain 'main'");
}

}  // namespace
}  // namespace templates
