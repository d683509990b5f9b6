#include "template/node_template.h"

#include <gtest/gtest.h>

#include <functional>

#include "base/hex.h"
#include "bitcoin/coinbase.h"
#include "bitcoin/merkle.h"
#include "bitcoin/transaction.h"
#include "template/devchain.h"
#include "template/solve_test.h"

namespace templates {
namespace {

using nlohmann::json;

constexpr base::UnixMicros start{std::chrono::seconds{1'700'000'000}};

// What a node would answer whose candidate is the development chain's.
json answer_of(const Candidate& candidate) {
    const auto& t = candidate.block_template;
    json answer{{"version", t.version},
                {"rules", {"csv", "!segwit", "taproot"}},
                {"previousblockhash", t.tip.prev_hash.value.to_be_hex()},
                {"coinbasevalue", t.coinbase_tx_value_remaining},
                {"target", t.tip.network_target.value.to_be_hex()},
                {"mintime", 1'600'000'000},
                {"curtime", t.tip.min_ntime},
                {"bits", "207fffff"},
                {"height", t.tip.height},
                {"transactions", json::array()}};
    std::vector<bitcoin::Uint256> wtxids;
    for (const auto& bytes : *candidate.transactions) {
        const auto transaction = *bitcoin::parse_transaction(bytes);
        wtxids.push_back(bitcoin::wtxid(transaction));
        answer["transactions"].push_back({{"data", base::to_hex(bytes)},
                                          {"txid", bitcoin::txid(transaction).to_be_hex()},
                                          {"hash", wtxids.back().to_be_hex()}});
    }
    answer["default_witness_commitment"] =
        base::to_hex(bitcoin::witness_commitment_script(bitcoin::witness_root(wtxids)));
    return answer;
}

TEST(NodeTemplate, MakesTheCandidateThatTheNodeMeans) {
    Devchain chain{{.start_nbits = 0x207fffff}, start};
    const auto expected = chain.candidate();
    const auto candidate = read_node_template(answer_of(expected));
    ASSERT_TRUE(candidate.has_value()) << candidate.error();
    EXPECT_EQ(candidate->candidate.block_template, expected.block_template);
    EXPECT_EQ(*candidate->candidate.transactions, *expected.transactions);

    auto block = block_of(candidate->candidate);
    solve(block);
    EXPECT_EQ(chain.submit_block(bitcoin::serialise(block), start), std::nullopt);
}

TEST(NodeTemplate, TakesTheHarderOfTwoTargetsAndTheLaterOfTwoTimes) {
    auto answer = answer_of(Devchain{{.start_nbits = 0x207fffff}, start}.candidate());
    answer["target"] = std::string(64, '0');
    answer["mintime"] = 1'700'000'005;
    auto candidate = read_node_template(answer);
    ASSERT_TRUE(candidate.has_value()) << candidate.error();
    EXPECT_EQ(candidate->candidate.block_template.tip.network_target, bitcoin::Target{});
    EXPECT_EQ(candidate->candidate.block_template.tip.min_ntime, 1'700'000'005U);

    answer["target"] = std::string(64, 'f');
    candidate = read_node_template(answer);
    ASSERT_TRUE(candidate.has_value()) << candidate.error();
    EXPECT_EQ(candidate->candidate.block_template.tip.network_target,
              *bitcoin::expand_nbits(0x207fffff));
}

TEST(NodeTemplate, TellsTheNodesClockAndTheLongPollsId) {
    auto answer = answer_of(Devchain{{.start_nbits = 0x207fffff}, start}.candidate());
    auto read = read_node_template(answer);
    ASSERT_TRUE(read.has_value()) << read.error();
    EXPECT_EQ(read->clock, 1'700'000'000U);
    EXPECT_EQ(read->long_poll_id, "");
    answer["mintime"] = answer["curtime"];
    answer["longpollid"] = "some id";
    read = read_node_template(answer);
    ASSERT_TRUE(read.has_value()) << read.error();
    EXPECT_EQ(read->clock, std::nullopt) << "it may be earlier";
    EXPECT_EQ(read->long_poll_id, "some id");
}

TEST(NodeTemplate, LeavesRoomForTheCoinbase) {
    Devchain chain{{.start_nbits = 0x207fffff, .transactions = 3}, start};
    auto answer = answer_of(chain.candidate());
    std::uint32_t weight = 4 * (80 + 3);
    for (auto& transaction : answer["transactions"]) {
        transaction["weight"] = 1000;
        transaction["fee"] = 1000;  // as the chain has it
        weight += 1000;
    }
    const auto value = answer["coinbasevalue"].get<std::uint64_t>();
    const auto read_with = [&](std::uint32_t limit) {
        answer["weightlimit"] = limit;
        return read_node_template(answer, 500);
    };
    auto read = read_with(weight + 500);
    ASSERT_TRUE(read.has_value()) << read.error();
    EXPECT_EQ(read->transactions_left_out, 0U);
    EXPECT_EQ(read->candidate.block_template.coinbase_tx_value_remaining, value);

    read = read_with(weight + 499);
    ASSERT_TRUE(read.has_value()) << read.error();
    EXPECT_EQ(read->transactions_left_out, 1U);
    EXPECT_EQ(read->candidate.transactions->size(), 2U);
    EXPECT_EQ(read->candidate.block_template.coinbase_tx_value_remaining, value - 1000);
    auto block = block_of(read->candidate);
    solve(block);
    EXPECT_EQ(chain.submit_block(bitcoin::serialise(block), start), std::nullopt)
        << "the commitment and the merkle path are those of what is left";

    answer["transactions"].back().erase("fee");
    EXPECT_FALSE(read_with(weight + 499).has_value());
}

TEST(NodeTemplate, KnowsABlockWithoutWitnesses) {
    auto answer =
        answer_of(Devchain{{.start_nbits = 0x207fffff, .transactions = 0}, start}.candidate());
    answer.erase("default_witness_commitment");
    const auto candidate = read_node_template(answer);
    ASSERT_TRUE(candidate.has_value()) << candidate.error();
    EXPECT_FALSE(candidate->candidate.block_template.segwit);
    EXPECT_EQ(candidate->candidate.block_template.coinbase_tx_outputs_count, 0U);
}

TEST(NodeTemplate, RefusesWhatIsNoTemplateAndSaysWhy) {
    const struct {
        const char* reason;
        std::function<void(json&)> spoil;
    } cases[] = {
        {"the template is no object", [](json& a) { a = nullptr; }},
        {"the node demands rule !future", [](json& a) { a["rules"].push_back("!future"); }},
        {"version is missing", [](json& a) { a.erase("version"); }},
        {"version is missing", [](json& a) { a["version"] = "1"; }},
        {"version is missing", [](json& a) { a["version"] = -1; }},
        {"previousblockhash is missing", [](json& a) { a["previousblockhash"] = "00"; }},
        {"curtime is missing", [](json& a) { a.erase("curtime"); }},
        {"height is missing", [](json& a) { a["height"] = 1.5; }},
        {"coinbasevalue is missing: the node does not let us make a coinbase",
         [](json& a) { a.erase("coinbasevalue"); }},
        {"bits stand for no target", [](json& a) { a["bits"] = "00000000"; }},
        {"bits stand for no target", [](json& a) { a["bits"] = "207ffffg"; }},
        {"bits stand for no target", [](json& a) { a.erase("bits"); }},
        {"transactions are missing, or one is not as BIP 145 says",
         [](json& a) { a.erase("transactions"); }},
        {"transactions are missing, or one is not as BIP 145 says",
         [](json& a) { a["transactions"][0].erase("txid"); }},
        {"transactions are missing, or one is not as BIP 145 says",
         [](json& a) { a["transactions"][0]["data"] = "0"; }},
        {"transactions are missing, or one is not as BIP 145 says",
         [](json& a) { a["transactions"][0] = 1; }},
        {"default_witness_commitment does not commit to the transactions",
         [](json& a) { a["transactions"].erase(0); }},
        {"default_witness_commitment is missing, and there are witnesses",
         [](json& a) { a.erase("default_witness_commitment"); }},
    };
    for (const auto& [reason, spoil] : cases) {
        SCOPED_TRACE(reason);
        auto answer = answer_of(Devchain{{.start_nbits = 0x207fffff}, start}.candidate());
        spoil(answer);
        const auto candidate = read_node_template(answer);
        ASSERT_FALSE(candidate.has_value());
        EXPECT_EQ(candidate.error(), reason);
    }
}

}  // namespace
}  // namespace templates
