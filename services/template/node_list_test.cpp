#include "template/node_list.h"

#include <gtest/gtest.h>

#include "template/watched_nodes.h"

namespace templates {
namespace {

namespace proto = adit::templates::v1;

TEST(ListNodes, SaysWhatEachNodeTells) {
    WatchedNodes nodes{2};
    auto status = nodes.status_at(100);
    status.clock_offset = std::chrono::seconds{-3};
    status.is_initial_download.reset();
    nodes.say(0, status);
    const auto answer = list_nodes(nodes.watch);
    ASSERT_EQ(answer.nodes_size(), 2);
    const auto& node = answer.nodes(0);
    EXPECT_EQ(node.name(), "node-0");
    EXPECT_EQ(node.kind(), "fake");
    EXPECT_EQ(node.address(), "http://node-0");
    EXPECT_TRUE(node.is_reachable());
    EXPECT_EQ(node.chain(), "regtest");
    EXPECT_EQ(node.height(), 100U);
    EXPECT_EQ(node.tip().size(), 32U);
    EXPECT_EQ(node.clock_offset_seconds(), -3);
    EXPECT_FALSE(node.has_is_initial_download());
    EXPECT_EQ(node.verdict(), proto::Node::VERDICT_USABLE);
    EXPECT_TRUE(node.leads());
    EXPECT_EQ(node.reason(), "");
}

TEST(ListNodes, SaysWhyANodeIsRefused) {
    WatchedNodes nodes{2};
    nodes.say(0, nodes.status_at(100));
    EXPECT_EQ(list_nodes(nodes.watch).nodes(1).reason(), "has not answered yet");
    nodes.say(1, {.is_reachable = false, .why = "connection refused; cure: start it"});
    auto node = list_nodes(nodes.watch).nodes(1);
    EXPECT_EQ(node.verdict(), proto::Node::VERDICT_REFUSED);
    EXPECT_EQ(node.reason(), "connection refused; cure: start it");
    EXPECT_FALSE(node.is_reachable());
    EXPECT_FALSE(node.has_height());
    EXPECT_FALSE(node.leads());
    nodes.say(1, nodes.status_at(96));
    node = list_nodes(nodes.watch).nodes(1);
    EXPECT_EQ(node.blocks_behind(), 4U);
}

}  // namespace
}  // namespace templates
