#include "template/block_state.h"

#include <gtest/gtest.h>

namespace templates {
namespace {

BlockState full_state() {
    BlockState state;
    state.kind = BlockState::Kind::accepted;
    state.chain = BlockState::Chain::orphaned;
    state.is_chain_final = true;
    state.nodes["http://127.0.0.1:8332"] = {
        .kind = Delivery::Kind::accepted, .reason = {}, .is_submitted = true};
    state.nodes["second node"] = {
        .kind = Delivery::Kind::rejected, .reason = "high-hash, says it", .is_submitted = true};
    state.nodes["third"] = {};
    state.events = 9;
    state.unpublished = {{.number = 8,
                          .kind = BlockEvent::Kind::rejected,
                          .at = base::UnixMicros{std::chrono::microseconds{1'732'600'000'000'001}},
                          .node = "second node",
                          .reason = "high-hash"},
                         {.number = 9,
                          .kind = BlockEvent::Kind::orphaned,
                          .at = base::UnixMicros{std::chrono::microseconds{2}},
                          .node = {},
                          .reason = {}}};
    return state;
}

std::string error_of(std::string_view text) {
    const auto state = decode_state(text);
    return state ? "" : state.error();
}

TEST(BlockState, ComesBackAsItWasWritten) {
    EXPECT_EQ(*decode_state(encode_state(full_state())), full_state());
    EXPECT_EQ(*decode_state(encode_state({})), BlockState{});
}

TEST(BlockState, TakesTheWordsOfANodeWhateverTheyAre) {
    auto state = full_state();
    state.nodes["third"].reason = "a\tb\nc\x01";
    state.nodes["third"].kind = Delivery::Kind::rejected;
    const auto back = decode_state(encode_state(state));
    ASSERT_TRUE(back.has_value()) << back.error();
    EXPECT_EQ(back->nodes.at("third").reason, "a b c ");
    EXPECT_EQ(back->unpublished, state.unpublished);
}

TEST(BlockState, IsRefusedWhenAnyOfItIsMissing) {
    const auto text = encode_state(full_state());
    for (std::size_t size = 0; size < text.size(); ++size)
        EXPECT_FALSE(decode_state(text.substr(0, size)).has_value()) << size;
}

TEST(BlockState, NamesAFormatThatItDoesNotKnow) {
    auto text = encode_state(full_state());
    text.replace(text.find("\t1\n"), 3, "\t2\n");
    EXPECT_EQ(error_of(text), "it has format 2, and this version knows format 1");
    EXPECT_EQ(error_of("accepted\n"), "it is no state of a block");
}

TEST(BlockState, NamesTheLineThatIsDamaged) {
    auto text = encode_state(full_state());
    text.replace(text.find("orphaned"), 8, "orphanet");
    EXPECT_EQ(error_of(text), "line 3 is damaged");
}

}  // namespace
}  // namespace templates
