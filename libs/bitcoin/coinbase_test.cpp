#include "bitcoin/coinbase.h"

#include <gtest/gtest.h>

#include "base/hex.h"
#include "bitcoin/transaction.h"

namespace bitcoin {
namespace {

TEST(Height, IsPushedAsNodesRequire) {
    const struct {
        std::uint32_t height;
        const char* hex;
    } cases[] = {
        {0, "00"},
        {1, "51"},
        {16, "60"},
        {17, "0111"},
        {127, "017f"},
        {128, "028000"},
        {255, "02ff00"},
        {256, "020001"},
        {32767, "02ff7f"},
        {32768, "03008000"},
        {159, "029f00"},
        {227836, "03fc7903"},
        {840000, "0340d10c"},
        {8388608, "0400008000"},
        {0xffffffff, "05ffffffff00"},
    };
    for (const auto& [height, hex] : cases) {
        SCOPED_TRACE(height);
        EXPECT_EQ(base::to_hex(height_push(height)), hex);
        EXPECT_EQ(pushed_height(height_push(height)), height);
    }
}

TEST(Height, IsNotReadFromAnyOtherForm) {
    for (const auto* hex : {"", "0101", "0110", "02", "0211", "021100", "0280", "03ff0000", "6a",
                            "06000000000001", "05ffffffff01"}) {
        SCOPED_TRACE(hex);
        EXPECT_EQ(pushed_height(*base::from_hex(hex)), std::nullopt);
    }
    EXPECT_EQ(pushed_height(*base::from_hex("0111ffff")), 17U);  // more may follow
}

TEST(WitnessCommitment, IsTheWellKnownOneForABlockOfACoinbaseAlone) {
    EXPECT_EQ(base::to_hex(witness_commitment_script(witness_root({}))),
              "6a24aa21a9ede2f61c3f71d1defd3fa999dfa36953755c690689799962b48bebd836974e8cf9");
}

TEST(WitnessCommitment, DependsOnEveryTransaction) {
    const Uint256 ids[]{*Uint256::from_be_hex(std::string(64, '1')),
                        *Uint256::from_be_hex(std::string(64, '2'))};
    EXPECT_NE(witness_root(ids), witness_root(std::span{ids}.first(1)));
    EXPECT_NE(witness_root(std::span{ids}.first(1)), witness_root({}));
}

CoinbaseFields fields() {
    return CoinbaseFields{
        .version = 2,
        .script_sig_begin = *base::from_hex("029f0000"),
        .extranonce_size = 8,
        .sequence = 0xfffffffe,
        .outputs_count = 1,
        .outputs = *base::from_hex("00f2052a01000000"
                                   "0151"),
        .locktime = 158,
    };
}

TEST(CoinbaseParts, MakeATransactionAroundTheExtranonce) {
    const auto parts = coinbase_parts(fields());
    ASSERT_TRUE(parts.has_value());
    auto bytes = parts->prefix;
    base::append(bytes, *base::from_hex("0102030405060708"));
    base::append(bytes, parts->suffix);
    const auto coinbase = parse_transaction(bytes);
    ASSERT_TRUE(coinbase.has_value());
    EXPECT_TRUE(coinbase->is_coinbase());
    EXPECT_EQ(coinbase->version, 2U);
    EXPECT_EQ(base::to_hex(coinbase->inputs[0].script), "029f00000102030405060708");
    EXPECT_EQ(coinbase->inputs[0].sequence, 0xfffffffeU);
    EXPECT_EQ(coinbase->outputs.at(0).value_sat, 5'000'000'000U);
    EXPECT_EQ(coinbase->locktime, 158U);

    const auto whole = parse_transaction(with_coinbase_witness(bytes));
    ASSERT_TRUE(whole.has_value());
    EXPECT_EQ(txid(*whole), txid(*coinbase));
    ASSERT_EQ(whole->inputs[0].witness.size(), 1U);
    EXPECT_EQ(whole->inputs[0].witness[0], base::Bytes(32));
}

TEST(CoinbaseParts, KeepTheScriptWithinConsensusBounds) {
    const struct {
        std::size_t begin;
        std::size_t extranonce;
        bool possible;
    } cases[] = {
        {1, 0, false},   {2, 0, true},   {1, 1, true},    {68, 32, true},
        {69, 32, false}, {100, 0, true}, {101, 0, false}, {1, ~std::size_t{0}, false},
    };
    for (const auto& [begin, extranonce, possible] : cases) {
        SCOPED_TRACE(begin);
        auto changed = fields();
        changed.script_sig_begin.resize(begin);
        changed.extranonce_size = extranonce;
        EXPECT_EQ(coinbase_parts(changed).has_value(), possible);
    }
}

}  // namespace
}  // namespace bitcoin
