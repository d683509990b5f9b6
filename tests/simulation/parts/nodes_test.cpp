#include "simulation/parts/nodes.h"

#include <gtest/gtest.h>

#include "template/solve_test.h"

namespace simulation {
namespace {

using namespace std::chrono_literals;
using Kind = templates::SubmitAnswer::Kind;

class NodesTest : public testing::Test {
  protected:
    World world{1};
    Network network{world};
    Nodes nodes{world, network, {.blocks_of_others = 0ms}};
    Node& a = nodes.add("a", Node::Kind::rpc);
    Node& b = nodes.add("b", Node::Kind::rpc);
};

TEST_F(NodesTest, TellEachOtherOfBlocks) {
    const auto hash = nodes.find_block_of_others();
    world.run_for(2s);
    EXPECT_EQ(a.tip(), hash);
    EXPECT_EQ(b.tip(), hash);
    EXPECT_EQ(a.find(hash).confirmations, 1U);
}

TEST_F(NodesTest, FollowTheLongerBranch) {
    const auto lost = nodes.find_block_of_others();
    world.run_for(2s);
    nodes.fork(1);
    world.run_for(2s);
    EXPECT_NE(a.tip(), lost);
    EXPECT_EQ(a.find(lost).kind, templates::BlockStanding::Kind::not_in_chain);
    EXPECT_EQ(nodes.tree().at(a.tip()).height, nodes.tree().at(lost).height + 1);
}

TEST_F(NodesTest, LearnWhatTheyMissed) {
    nodes.start();
    a.stop();
    const auto hash = nodes.find_block_of_others();
    world.run_for(2s);
    EXPECT_NE(a.tip(), hash);
    a.start();
    world.run_for(2s);
    EXPECT_EQ(a.tip(), hash);
}

TEST_F(NodesTest, TakeABlockOfTheirTemplateAndNothingElse) {
    const auto candidate = a.candidate(a.tip(), a.waiting());
    auto block = templates::block_of(candidate);
    templates::solve(block, true);
    EXPECT_EQ(a.submit(bitcoin::serialise(block)).reason, "high-hash");
    templates::solve(block);
    auto broken = block;
    broken.transactions.front().outputs.front().value_sat -= 1;
    EXPECT_EQ(a.submit(bitcoin::serialise(broken)).reason, "bad-txnmrklroot");
    auto greedy =
        templates::block_of(candidate, candidate.block_template.coinbase_tx_value_remaining + 1);
    templates::solve(greedy);
    EXPECT_EQ(a.submit(bitcoin::serialise(greedy)).reason, "bad-cb-amount");
    EXPECT_TRUE(nodes.reached().empty());

    EXPECT_EQ(a.submit(bitcoin::serialise(block)).kind, Kind::accepted);
    EXPECT_TRUE(nodes.has_reached(bitcoin::header_hash(block.header)));
    EXPECT_EQ(a.submit(bitcoin::serialise(block)).kind, Kind::duplicate);
    world.run_for(2s);
    EXPECT_EQ(b.tip(), bitcoin::header_hash(block.header));

    // A block beside it, on what is the tip no more.
    auto late = templates::block_of(candidate, 1);
    templates::solve(late);
    EXPECT_EQ(b.submit(bitcoin::serialise(late)).reason, "inconclusive");
}

}  // namespace
}  // namespace simulation
