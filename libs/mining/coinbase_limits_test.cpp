#include "mining/coinbase_limits.h"

#include <gtest/gtest.h>

#include "mining/job.h"
#include "mining/records_testing.h"

namespace mining {
namespace {

TEST(CoinbaseCost, IsWhatANodeCounts) {
    auto outputs = some_outputs();
    outputs.outputs[0].script = bytes_of_hex("76a914" + std::string(40, 'a') + "88ac");
    const auto parts = *derive_coinbase(some_template(), outputs, Variant{}, 16);
    const auto whole = bitcoin::parse_transaction(
        full_coinbase(parts, base::Bytes(8), base::Bytes(8), some_template().segwit));
    ASSERT_TRUE(whole.has_value());
    const auto cost = coinbase_cost(some_template(), outputs, parts, 16);
    EXPECT_EQ(cost.weight, bitcoin::weight(*whole));
    EXPECT_EQ(cost.sigops, 4U) << "one CHECKSIG";
}

TEST(CoinbaseCost, IsNeverMoreThanItsMost) {
    auto outputs = some_outputs();
    outputs.pool_tag = base::Bytes(pool_tag_size_max, std::byte{'x'});
    auto block_template = some_template();
    block_template.coinbase_prefix = bitcoin::height_push(0x7fffffff);
    const auto parts = *derive_coinbase(block_template, outputs, Variant{}, 32);
    const auto cost = coinbase_cost(block_template, outputs, parts, 32);
    EXPECT_LE(cost.weight, coinbase_cost_max(outputs).weight);
    EXPECT_GE(cost.weight + 40, coinbase_cost_max(outputs).weight);
    EXPECT_EQ(cost.sigops, coinbase_cost_max(outputs).sigops);
}

TEST(Misfit, IsBeyondWhatTheNodeSaysThatItLeft) {
    auto block_template = some_template();
    EXPECT_EQ(misfit(block_template, {.weight = 5'000'000, .sigops = 90'000}), std::nullopt);
    block_template.coinbase_weight_max = 4'000;
    block_template.coinbase_sigops_max = 400;
    EXPECT_EQ(misfit(block_template, {.weight = 4'000, .sigops = 400}), std::nullopt);
    EXPECT_NE(misfit(block_template, {.weight = 4'001, .sigops = 400}), std::nullopt);
    EXPECT_NE(misfit(block_template, {.weight = 4'000, .sigops = 404}), std::nullopt);
}

TEST(CoinbaseCost, OfABlockWithoutWitnessesHasNone) {
    auto block_template = some_template();
    block_template.segwit = false;
    const auto parts = *derive_coinbase(block_template, some_outputs(), Variant{}, 16);
    EXPECT_EQ(coinbase_cost(block_template, some_outputs(), parts, 16).weight,
              4 * (parts.prefix.size() + 16 + parts.suffix.size()));
}

TEST(CoinbaseCost, IsAtMostThatOfTheLongestScriptSigAndACommitment) {
    // Version 4, count 1, outpoint 36, scriptSig 1 + 100, sequence 4, locktime 4; the commitment
    // 8 + 1 + 38; in the witness marker, flag, count, size and 32 bytes, which count once each.
    constexpr std::size_t frame = 150 + 47;
    const auto weight = [](std::size_t count) {
        PayoutOutputs outputs;
        outputs.outputs.resize(count,
                               {bytes_of_hex("0014ebe1b7dcc293ccaa0ee743a86f89df8258c208fc"), 0});
        return coinbase_cost_max(outputs).weight;
    };
    constexpr std::size_t output = 8 + 1 + 22;
    EXPECT_EQ(weight(0), 4 * (frame + 1) + 36);
    EXPECT_EQ(weight(251), 4 * (frame + 1 + 251 * output) + 36);
    EXPECT_EQ(weight(252), 4 * (frame + 3 + 252 * output) + 36) << "the count takes three bytes";
}

}  // namespace
}  // namespace mining
