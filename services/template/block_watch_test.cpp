#include "template/block_watch.h"

#include <gmock/gmock.h>

#include "template/spool_testing.h"

namespace templates {
namespace {

using Chain = BlockState::Chain;
using Standing = BlockStanding::Kind;

class BlockWatchTest : public SpoolTest {
  protected:
    BlockWatchTest() {
        nodes.start({.on_candidate = [](auto, auto) {},
                     .on_transactions = [](auto, auto, const auto&) {},
                     .on_status = [](auto, const auto&) {},
                     .on_unusable = [](auto, auto) {}});
    }
    void watch() {
        start();
        look.emplace(loop, clock, nodes, *spool,
                     BlockWatch::Settings{.round_min = std::chrono::milliseconds{1},
                                          .round_max = std::chrono::milliseconds{20}});
        look->start();
    }
    void tip(std::uint32_t height, std::uint8_t name) {
        bitcoin::BlockHash hash;
        hash.value.bytes.fill(name);
        look->on_tip(hash, height);
    }
    void height_of(FakeNode& node, std::uint32_t height) {
        node.callbacks.on_status({.is_reachable = true, .height = height});
    }
    bool comes_to(Chain chain) {
        return run_until([&] { return state_of(block)->chain == chain; });
    }

    const SpooledBlock block = block_named(5);
    std::optional<BlockWatch> look{};
};

TEST_F(BlockWatchTest, AsksTheNodesWhereABlockIs) {
    watch();
    ASSERT_TRUE(take(block));
    tip(5, 1);
    height_of(a, 5);
    height_of(b, 6);
    a.chain[block.hash] = {.kind = Standing::in_chain, .confirmations = 1};
    ASSERT_TRUE(comes_to(Chain::in_chain));
    // The one with the higher chain is right, once it has an opinion.
    b.chain[block.hash] = {.kind = Standing::not_in_chain};
    tip(6, 2);
    ASSERT_TRUE(comes_to(Chain::orphaned));
    height_of(a, 7);
    a.chain[block.hash] = {.kind = Standing::in_chain, .confirmations = 2};
    ASSERT_TRUE(comes_to(Chain::in_chain)) << "without a new tip, too";
    a.chain[block.hash] = {.kind = Standing::in_chain, .confirmations = 3};
    ASSERT_TRUE(comes_to(Chain::confirmed));
    EXPECT_THAT(events_of(block),
                testing::IsSupersetOf({"in_chain", "orphaned", "in_chain", "confirmed"}));
}

TEST_F(BlockWatchTest, GoesByTheTipsWhereNoNodeCanTell) {
    watch();
    ASSERT_TRUE(take(block));
    look->on_tip(block.hash, 5);
    ASSERT_TRUE(comes_to(Chain::in_chain));
    tip(5, 1);
    tip(6, 2);
    ASSERT_TRUE(comes_to(Chain::orphaned));
    look->on_tip(block.hash, 5);
    tip(7, 3);
    ASSERT_TRUE(comes_to(Chain::confirmed));
}

TEST_F(BlockWatchTest, SeesThatANodeIsBack) {
    settings.retry = {.first = std::chrono::hours{1}, .last = std::chrono::hours{1}};
    a.answers = {{SubmitAnswer::Kind::unreachable, "away"}, {SubmitAnswer::Kind::accepted, ""}};
    watch();
    ASSERT_TRUE(take(block));
    ASSERT_TRUE(run_until([&] { return a.blocks.size() == 1; }));
    a.callbacks.on_status({.is_reachable = true});
    ASSERT_TRUE(run_until([&] { return a.blocks.size() == 2; }));
}

TEST_F(BlockWatchTest, GoesOnAfterARestart) {
    watch();
    ASSERT_TRUE(take(block));
    look->on_tip(block.hash, 5);
    ASSERT_TRUE(comes_to(Chain::in_chain));
    look.reset();
    spool.reset();
    watch();
    EXPECT_EQ(state_of(block)->chain, Chain::in_chain);
    tip(7, 3);
    ASSERT_TRUE(comes_to(Chain::confirmed));
}

}  // namespace
}  // namespace templates
