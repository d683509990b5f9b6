#include "template/template_list.h"

#include <gtest/gtest.h>

#include "template/watched_nodes.h"

namespace templates {
namespace {

Candidate candidate(std::uint64_t value) {
    Candidate made;
    made.transactions = nullptr;  // they come later
    made.block_template.tip.height = 101;
    made.block_template.coinbase_tx_value_remaining = value;
    return made;
}

TEST(ListTemplates, ListsTheNewestFirstAndSaysWhichIsWorkedOn) {
    const WatchedNodes nodes{2};
    TemplateStore store;
    ASSERT_TRUE(store.begin_epoch(mining::Epoch{7}));
    const base::UnixMicros now{std::chrono::seconds{1'700'000'000}};
    ASSERT_NE(store.add(candidate(10), Origin{.node = 0, .name = 1}, now), nullptr);
    auto second = candidate(20);
    second.block_template.coinbase_weight_max = 1'000'000;
    ASSERT_NE(store.add(std::move(second), Origin{.node = 1, .name = 2}, now), nullptr);
    const Transactions given = std::make_shared<const std::vector<base::Bytes>>(3, base::Bytes(10));
    store.add_transactions(Origin{.node = 1, .name = 2}, given);

    const auto answer = list_templates(store, nodes.watch.nodes(), 10);
    ASSERT_EQ(answer.templates_size(), 2);
    const auto& newest = answer.templates(0);
    EXPECT_EQ(newest.value_sat(), 20U);
    EXPECT_EQ(newest.height(), 101U);
    EXPECT_EQ(newest.prev_hash().size(), 32U);
    EXPECT_EQ(newest.node(), "node-1");
    EXPECT_EQ(newest.weight(), 3'000'000U);
    EXPECT_EQ(newest.transactions(), 3U);
    EXPECT_EQ(newest.named_at_us(), 1'700'000'000'000'000U);
    EXPECT_TRUE(newest.is_current());
    const auto& oldest = answer.templates(1);
    EXPECT_LT(oldest.ref(), newest.ref());
    EXPECT_EQ(oldest.node(), "node-0");
    EXPECT_FALSE(oldest.has_weight());
    EXPECT_FALSE(oldest.has_transactions());
    EXPECT_FALSE(oldest.is_current());
    EXPECT_EQ(list_templates(store, nodes.watch.nodes(), 1).templates_size(), 1);
}

}  // namespace
}  // namespace templates
