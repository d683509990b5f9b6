#include "channel-manager/payout_policy.h"

#include <gtest/gtest.h>

#include "base/hex.h"
#include "base/random.h"
#include "bitcoin/address.h"

namespace channel_manager {
namespace {

using bitcoin::Network;
using Points = std::vector<std::uint32_t>;

constexpr const char* p2wpkh_regtest = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080";

mining::PayoutOutputs outputs_of(const Points& points) {
    mining::PayoutOutputs outputs;
    for (const auto one : points) outputs.outputs.push_back({base::Bytes{std::byte{0x51}}, one});
    outputs.pool_tag = base::to_bytes("/adit/");
    return outputs;
}
Points points_of(const mining::PayoutOutputs& outputs) {
    Points points;
    for (const auto& output : outputs.outputs) points.push_back(output.basis_points);
    return points;
}
PayoutPolicy solo(Network network, const Points& fee = {}) {
    return {PayoutPolicy::Mode::solo, network, outputs_of(fee)};
}

TEST(OutputsFor, AreThePoolsOwnInAPool) {
    const PayoutPolicy policy{PayoutPolicy::Mode::pool, Network::regtest, outputs_of({10'000})};
    for (const auto* account : {"alice", p2wpkh_regtest})
        EXPECT_EQ(outputs_for(policy, account), policy.pool);
}

TEST(OutputsFor, PayTheAccountsAddressInSoloMode) {
    const struct {
        Network network;
        const char* address;
        const char* script;
    } cases[] = {
        {Network::mainnet, "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
         "76a91462e907b15cbf27d5425399ebf6f0fb50ebb88f1888ac"},
        {Network::mainnet, "3P14159f73E4gFr7JterCCQh9QjiTjiZrG",
         "a914e9c3dd0c07aac76179ebc76a6c78d4d67c6c160a87"},
        {Network::mainnet, "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4",
         "0014751e76e8199196d454941c45d1b3a323f1433bd6"},
        {Network::signet, "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7",
         "00201863143c14c5166804bd19203356da136c985678cd4d27a1b8c6329604903262"},
        {Network::mainnet, "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
         "512079be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"},
        {Network::regtest, p2wpkh_regtest, "0014751e76e8199196d454941c45d1b3a323f1433bd6"},
    };
    for (const auto& [network, address, script] : cases) {
        SCOPED_TRACE(address);
        const auto outputs = outputs_for(solo(network, {100, 50}), address);
        ASSERT_TRUE(outputs.has_value());
        EXPECT_EQ(base::to_hex(outputs->outputs.at(0).script), script);
        EXPECT_EQ(points_of(*outputs), (Points{9'850, 100, 50}));
        EXPECT_EQ(outputs->pool_tag, base::to_bytes("/adit/"));
        // What nobody has in whole satoshis is the miner's.
        const auto amounts = mining::payout_amounts(*outputs, 5'000'000'001).value();
        EXPECT_EQ(amounts[0].value_sat, 4'925'000'001U);
        EXPECT_EQ(amounts[1].value_sat, 50'000'000U);
        EXPECT_EQ(amounts[2].value_sat, 25'000'000U);
    }
    EXPECT_EQ(points_of(outputs_for(solo(Network::regtest), p2wpkh_regtest).value()),
              (Points{10'000}))
        << "without a fee, all of it";
}

TEST(OutputsFor, TellApartWhatNobodyOwns) {
    const auto policy = solo(Network::mainnet);
    for (const auto* account :
         {"", "alice", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", p2wpkh_regtest,
          "mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5",
          "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4 ",
          // Version 16, and BIP 433's anchor, which anybody can spend.
          "BC1SW50QGDZ25J", "bc1pfeessrawgf"})
        EXPECT_EQ(outputs_for(policy, account), std::nullopt) << account;
}

TEST(OutputsFor, OfTwoMinersDiffer) {
    const auto policy = solo(Network::mainnet, {100});
    const auto first = outputs_for(policy, "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa").value();
    const auto second = outputs_for(policy, "3P14159f73E4gFr7JterCCQh9QjiTjiZrG").value();
    EXPECT_NE(mining::outputs_id(first), mining::outputs_id(second));
    // An address in capitals is the same address.
    EXPECT_EQ(outputs_for(policy, "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4"),
              outputs_for(policy, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"));
}

TEST(ScaledToFee, SplitsItInProportionAndLosesNothing) {
    const struct {
        Points points;
        std::uint32_t fee;
        Points scaled;
    } cases[] = {
        {{10'000}, 100, {100}},
        {{10'000}, 9'999, {9'999}},
        {{9'000, 1'000}, 100, {90, 10}},
        {{3'333, 3'333, 3'334}, 100, {33, 33, 34}},
        {{3'333, 3'333, 3'334}, 3, {1, 1, 1}},
        {{9'999, 1}, 50, {50, 0}},
        {{5'000, 5'000}, 1, {1, 0}},
    };
    for (const auto& [points, fee, scaled] : cases)
        EXPECT_EQ(points_of(scaled_to_fee(outputs_of(points), fee)), scaled) << fee;

    base::SeededRandom random{5};
    for (int round = 0; round < 1'000; ++round) {
        Points points;
        std::uint32_t left = mining::basis_points_whole;
        for (int i = 0; i < 4; ++i) {
            points.push_back(static_cast<std::uint32_t>(random.next_u64() % (left + 1)));
            left -= points.back();
        }
        points.push_back(left);
        const auto fee = static_cast<std::uint32_t>(random.next_u64() % 10'000);
        std::uint32_t sum = 0;
        for (const auto one : points_of(scaled_to_fee(outputs_of(points), fee))) sum += one;
        EXPECT_EQ(sum, fee);
    }
}

}  // namespace
}  // namespace channel_manager
