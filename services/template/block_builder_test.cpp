#include "template/block_builder.h"

#include <gtest/gtest.h>

#include <functional>

#include "template/devchain.h"
#include "template/solve_test.h"

namespace templates {
namespace {

constexpr base::UnixMicros start{std::chrono::seconds{1'700'000'000}};

struct Solution {
    bitcoin::HeaderBytes header{};
    base::Bytes coinbase{};
};

Solution solution_of(bitcoin::Block block) {
    solve(block);
    return {.header = bitcoin::encode_header(block.header),
            .coinbase = bitcoin::serialise(block.transactions.front())};
}

TEST(BlockBuilder, BuildsABlockThatTheChainAccepts) {
    Devchain chain{{.start_nbits = 0x207fffff}, start};
    const auto candidate = chain.candidate();
    const auto solution = solution_of(block_of(candidate));
    const auto built = build_block(candidate, solution.header, solution.coinbase);
    ASSERT_TRUE(built.has_value()) << built.error();
    EXPECT_EQ(built->hash, bitcoin::header_hash(solution.header));
    EXPECT_EQ(chain.submit_block(built->bytes, start), std::nullopt);
    EXPECT_EQ(chain.tip(), built->hash);
    EXPECT_EQ(built->value_sat, candidate.block_template.coinbase_tx_value_remaining);
}

TEST(BlockBuilder, LeavesTimeAndVersionToTheNode) {
    const auto candidate = Devchain{{.start_nbits = 0x207fffff}, start}.candidate();
    auto block = block_of(candidate);
    block.header.ntime = 1;
    block.header.version = 0x3fffe000;
    const auto solution = solution_of(block);
    EXPECT_TRUE(build_block(candidate, solution.header, solution.coinbase).has_value());
}

TEST(BlockBuilder, NeedsTheTransactions) {
    auto candidate = Devchain{{.start_nbits = 0x207fffff}, start}.candidate();
    const auto solution = solution_of(block_of(candidate));
    candidate.transactions = nullptr;
    EXPECT_FALSE(build_block(candidate, solution.header, solution.coinbase).has_value());
}

TEST(BlockBuilder, RefusesWhatIsNotABlockOfTheTemplate) {
    const auto candidate = Devchain{{.start_nbits = 0x207fffff}, start}.candidate();
    using Block = bitcoin::Block;
    const struct {
        const char* reason;
        std::function<void(Block&)> spoil;
    } cases[] = {
        {"the header builds on another block than the template",
         [](Block& b) { b.header.prev_hash.value.bytes[3] ^= 1; }},
        {"the header has other nbits than the template",
         [](Block& b) { b.header.nbits = 0x207ffffe; }},
        {"the coinbase is none", [](Block& b) { b.transactions[0] = b.transactions[1]; }},
        {"the coinbase has no witness",
         [](Block& b) { b.transactions[0].inputs[0].witness.clear(); }},
        {"the merkle root is not that of coinbase and template",
         [](Block& b) { b.header.merkle_root.bytes[0] ^= 1; }},
        {"the merkle root is not that of coinbase and template",
         [](Block& b) { b.transactions[0].locktime = 7; }},
    };
    for (const auto& [reason, spoil] : cases) {
        SCOPED_TRACE(reason);
        auto block = block_of(candidate);
        spoil(block);
        const auto solution = solution_of(block);
        const auto built = build_block(candidate, solution.header, solution.coinbase);
        ASSERT_FALSE(built.has_value());
        EXPECT_EQ(built.error(), reason);
    }
}

TEST(BlockBuilder, RefusesWhatIsNoSolution) {
    const auto candidate = Devchain{{.start_nbits = 0x207fffff}, start}.candidate();
    auto block = block_of(candidate);
    const auto coinbase = bitcoin::serialise(block.transactions.front());
    solve(block, true);
    const auto header = bitcoin::encode_header(block.header);
    EXPECT_EQ(build_block(candidate, header, coinbase).error(),
              "the hash does not meet the network target");
    EXPECT_EQ(build_block(candidate, base::ByteView{header}.first(79), coinbase).error(),
              "the header does not have 80 bytes");
    EXPECT_EQ(build_block(candidate, header, {}).error(), "the coinbase is none");
}

}  // namespace
}  // namespace templates
