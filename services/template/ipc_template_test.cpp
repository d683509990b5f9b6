#include "template/ipc_template.h"

#include <gtest/gtest.h>

#include <functional>

#include "bitcoin/block.h"
#include "bitcoin/coinbase.h"
#include "bitcoin/header.h"
#include "bitcoin/merkle.h"
#include "bitcoin/transaction.h"
#include "template/devchain.h"
#include "template/node_status.h"
#include "template/solve_test.h"

namespace templates {
namespace {

using nlohmann::json;
using Kind = SubmitAnswer::Kind;

constexpr base::UnixMicros start{std::chrono::seconds{1'700'000'000}};

// What a node would give whose candidate is the development chain's.
IpcTemplate fields_of(const Candidate& candidate) {
    const auto& t = candidate.block_template;
    IpcTemplate fields;
    fields.header = base::to_bytes(bitcoin::encode_header({.version = t.version,
                                                           .prev_hash = t.tip.prev_hash,
                                                           .merkle_root = {},
                                                           .ntime = t.tip.min_ntime,
                                                           .nbits = t.tip.nbits,
                                                           .nonce = 0}));
    fields.coinbase = {
        .version = t.coinbase_tx_version,
        .sequence = t.coinbase_tx_input_sequence,
        .script_sig_prefix = t.coinbase_prefix,
        .witness = base::Bytes(32),
        .block_reward_remaining = static_cast<std::int64_t>(t.coinbase_tx_value_remaining),
        .required_outputs = {t.coinbase_tx_outputs},
        .lock_time = t.coinbase_tx_locktime};
    for (const auto& node : t.merkle_path)
        fields.merkle_path.push_back(base::to_bytes(node.as_bytes()));
    return fields;
}

Candidate some_candidate() {
    return Devchain{{.start_nbits = 0x207fffff}, start}.candidate();
}

TEST(IpcTemplate, MakesTheTemplateThatTheNodeMeans) {
    Devchain chain{{.start_nbits = 0x207fffff}, start};
    const auto expected = chain.candidate();
    const auto read = read_ipc_template(fields_of(expected));
    ASSERT_TRUE(read.has_value()) << read.error();
    EXPECT_EQ(*read, expected.block_template);

    auto block = block_of({.block_template = *read, .transactions = expected.transactions});
    solve(block);
    EXPECT_EQ(chain.submit_block(bitcoin::serialise(block), start), std::nullopt);
}

TEST(IpcTemplate, KeepsWhatTheNodeDemandsOfTheCoinbase) {
    auto fields = fields_of(some_candidate());
    fields.coinbase.sequence = 0xfffffffe;
    fields.coinbase.lock_time = 41;
    fields.coinbase.script_sig_prefix = bitcoin::height_push(42);
    fields.coinbase.required_outputs.push_back(fields.coinbase.required_outputs.front());
    const auto read = read_ipc_template(fields);
    ASSERT_TRUE(read.has_value()) << read.error();
    EXPECT_EQ(read->coinbase_tx_input_sequence, 0xfffffffe);
    EXPECT_EQ(read->coinbase_tx_locktime, 41U);
    EXPECT_EQ(read->tip.height, 42U);
    EXPECT_EQ(read->coinbase_tx_outputs_count, 2U);
    EXPECT_EQ(read->coinbase_tx_outputs.size(), 2 * fields.coinbase.required_outputs[0].size());
}

TEST(IpcTemplate, RefusesWhatIsNoTemplateAndSaysWhy) {
    const struct {
        const char* reason;
        std::function<void(IpcTemplate&)> spoil;
    } cases[] = {
        {"the header does not have 80 bytes", [](auto& f) { f.header.pop_back(); }},
        {"nbits stand for no target", [](auto& f) { f.header[75] = std::byte{0xff}; }},
        {"the coinbase does not begin with a height, or with too much besides",
         [](auto& f) { f.coinbase.script_sig_prefix.clear(); }},
        {"the coinbase does not begin with a height, or with too much besides",
         [](auto& f) { f.coinbase.script_sig_prefix.resize(9); }},
        {"the reward is negative", [](auto& f) { f.coinbase.block_reward_remaining = -1; }},
        {"the node demands a witness reserved value other than zeros",
         [](auto& f) { f.coinbase.witness[31] = std::byte{1}; }},
        {"the node demands a witness reserved value other than zeros",
         [](auto& f) { f.coinbase.witness.pop_back(); }},
        {"the merkle path has a node without 32 bytes",
         [](auto& f) { f.merkle_path.front().pop_back(); }},
    };
    for (const auto& [reason, spoil] : cases) {
        SCOPED_TRACE(reason);
        auto fields = fields_of(some_candidate());
        spoil(fields);
        const auto read = read_ipc_template(fields);
        ASSERT_FALSE(read.has_value());
        EXPECT_EQ(read.error(), reason);
    }
}

bitcoin::Transaction dummy(const IpcCoinbase& coinbase, const Candidate& candidate) {
    auto block = block_of(candidate);
    auto transaction = block.transactions.front();
    transaction.inputs.front().script = coinbase.script_sig_prefix;
    transaction.inputs.front().script.push_back(std::byte{0});
    return transaction;
}

TEST(IpcTemplate, ReadsTheFirstVersionsDummyCoinbase) {
    const auto candidate = some_candidate();
    const auto expected = fields_of(candidate).coinbase;
    const auto read = read_dummy_coinbase(bitcoin::serialise(dummy(expected, candidate)));
    ASSERT_TRUE(read.has_value()) << read.error();
    EXPECT_EQ(*read, expected);
}

TEST(IpcTemplate, RefusesADummyCoinbaseThatIsNone) {
    const auto candidate = some_candidate();
    const auto good = dummy(fields_of(candidate).coinbase, candidate);
    const struct {
        const char* reason;
        std::function<void(bitcoin::Transaction&)> spoil;
    } cases[] = {
        {"the dummy coinbase is none", [](auto& t) { t.inputs.front().previous.index = 0; }},
        {"the dummy coinbase is none", [](auto& t) { t.outputs.clear(); }},
        {"the dummy coinbase has more than one witness",
         [](auto& t) { t.inputs.front().witness.emplace_back(32); }},
        {"the reward is negative",
         [](auto& t) { t.outputs.front().value_sat = std::uint64_t{1} << 63; }},
        {"the dummy coinbase does not begin with a height",
         [](auto& t) { t.inputs.front().script = {std::byte{0xff}}; }},
    };
    for (const auto& [reason, spoil] : cases) {
        SCOPED_TRACE(reason);
        auto transaction = good;
        spoil(transaction);
        const auto read = read_dummy_coinbase(bitcoin::serialise(transaction));
        ASSERT_FALSE(read.has_value());
        EXPECT_EQ(read.error(), reason);
    }
}

TEST(IpcTemplate, TakesTheTransactionsOutOfTheBlock) {
    const auto candidate = some_candidate();
    const auto block = bitcoin::serialise(block_of(candidate));
    const auto read = read_ipc_block(block, candidate.block_template);
    ASSERT_TRUE(read.has_value()) << read.error();
    EXPECT_EQ(**read, *candidate.transactions);
}

TEST(IpcTemplate, RefusesABlockOfOtherTransactions) {
    const auto candidate = some_candidate();
    const auto good = block_of(candidate);
    auto fewer = good;
    fewer.transactions.pop_back();
    auto longer = bitcoin::serialise(good);
    longer.push_back({});
    auto shorter = bitcoin::serialise(good);
    shorter.pop_back();
    const std::pair<base::Bytes, const char*> cases[] = {
        {bitcoin::serialise(fewer), "the block's transactions are not those of its merkle path"},
        {longer, "the block has bytes left over"},
        {shorter, "the block has a transaction that does not decode"},
        {base::Bytes(79), "the block has no header"},
        {base::Bytes(80), "the block has no transactions"},
        {base::Bytes(81), "the block has no transactions"},
    };
    for (const auto& [block, reason] : cases) {
        SCOPED_TRACE(reason);
        const auto read = read_ipc_block(block, candidate.block_template);
        ASSERT_FALSE(read.has_value());
        EXPECT_EQ(read.error(), reason);
    }
}

TEST(IpcTemplate, FindsTheCoinbaseOfABlock) {
    const auto block = block_of(some_candidate());
    const auto bytes = bitcoin::serialise(block);
    const auto coinbase = coinbase_of(bytes);
    ASSERT_TRUE(coinbase.has_value()) << coinbase.error();
    EXPECT_EQ(base::to_bytes(*coinbase), bitcoin::serialise(block.transactions.front()));
    EXPECT_FALSE(coinbase_of(base::ByteView{bytes}.first(80)).has_value());
    EXPECT_FALSE(coinbase_of(base::ByteView{bytes}.first(100)).has_value());
}

TEST(IpcVerdict, IsReadAsItIsMeant) {
    const struct {
        IpcVerdict said;
        SubmitAnswer meant;
    } cases[] = {
        {{.is_accepted = true}, {Kind::accepted, ""}},
        {{.is_accepted = false, .reason = "duplicate"}, {Kind::duplicate, "duplicate"}},
        {{.is_accepted = false, .reason = "inconclusive"}, {Kind::rejected, "inconclusive"}},
        {{.is_accepted = false, .reason = "bad-cb-amount", .debug = "pays too much"},
         {Kind::rejected, "bad-cb-amount"}},
        {{.is_accepted = false},
         {Kind::rejected, "rejected, for a reason that only the node's log has"}},
    };
    for (const auto& [said, meant] : cases) EXPECT_EQ(read_verdict(said), meant) << meant.reason;
}

TEST(IpcVerdict, OfOldVersionsIsCheckedAgainstTheTip) {
    bitcoin::BlockHash block;
    bitcoin::BlockHash other;
    other.value.bytes.front() = 1;
    const auto kind = [&](bool is_taken, const auto& tip, std::uint32_t height) {
        return read_old_verdict(is_taken, block, 7, tip, height).kind;
    };
    using Tip = std::optional<bitcoin::BlockHash>;
    EXPECT_EQ(kind(true, Tip{block}, 7), Kind::accepted);
    EXPECT_EQ(kind(true, Tip{other}, 8), Kind::duplicate);
    EXPECT_EQ(kind(true, Tip{other}, 7), Kind::rejected) << "lost the race";
    EXPECT_EQ(kind(true, Tip{other}, 6), Kind::rejected) << "stored, and not good to build on";
    EXPECT_EQ(kind(false, Tip{block}, 7), Kind::rejected);
}

TEST(IpcNetwork, IsCheckedAsFarAsTheInterfaceTells) {
    using bitcoin::Network;
    constexpr std::uint32_t easiest = 0x207fffff;
    constexpr std::uint32_t other = 0x1d00ffff;
    const struct {
        Network configured;
        bool is_test_chain;
        std::optional<std::uint32_t> nbits;
        const char* fault;
    } cases[] = {
        {Network::mainnet, false, other, nullptr},
        {Network::mainnet, true, std::nullopt, "is on a test chain, configured network is 'main'"},
        {Network::regtest, false, std::nullopt,
         "is on the main chain, configured network is 'regtest'"},
        {Network::regtest, true, std::nullopt, nullptr},
        {Network::regtest, true, easiest, nullptr},
        {Network::regtest, true, other,
         "is on a test chain other than regtest, configured network is 'regtest'"},
        {Network::testnet4, true, easiest, "is on regtest, configured network is 'testnet4'"},
        {Network::testnet4, true, other, nullptr},
        {Network::signet, true, other, nullptr},
    };
    for (const auto& [configured, is_test_chain, nbits, fault] : cases) {
        const auto found = network_fault(configured, is_test_chain, nbits);
        EXPECT_EQ(found.has_value(), fault != nullptr);
        if (fault) {
            EXPECT_EQ(found, fault);
        }
    }
}

TEST(IpcNodeStatus, IsReadFromTheAnswersOfRpc) {
    NodeStatus status{.is_reachable = true, .software = "Bitcoin Core 32"};
    read_blockchain_info(json::parse(R"({"chain": "signet", "blocks": 10, "headers": 12,
        "time": 1700000000, "initialblockdownload": true, "pruned": true})"),
                         status);
    read_network_info(json::parse(R"({"subversion": "/Satoshi:32.0.0/", "connections": 9})"),
                      status);
    EXPECT_EQ(status.network, bitcoin::Network::signet);
    EXPECT_EQ(status.header_height, 12U);
    EXPECT_EQ(status.tip_time, 1'700'000'000U);
    EXPECT_EQ(status.is_initial_download, true);
    EXPECT_EQ(status.is_pruned, true);
    EXPECT_EQ(status.software, "/Satoshi:32.0.0/");
    EXPECT_EQ(status.peers, 9U);

    const auto before = status;
    for (const char* odd : {"null", "[]", R"({"chain": 1, "headers": -1, "pruned": "no"})"}) {
        read_blockchain_info(json::parse(odd), status);
        read_network_info(json::parse(odd), status);
        EXPECT_EQ(status, before) << odd;
    }
}

TEST(IpcNodeStatus, TellsWhereABlockStands) {
    using Standing = BlockStanding::Kind;
    const std::pair<const char*, BlockStanding> cases[] = {
        {R"({"confirmations": 3})", {Standing::in_chain, 3}},
        {R"({"confirmations": -1})", {Standing::not_in_chain, 0}},
        {"null", {Standing::unknown, 0}},
        {R"({"confirmations": "3"})", {Standing::unknown, 0}},
    };
    for (const auto& [answer, standing] : cases)
        EXPECT_EQ(read_block_header(json::parse(answer)), standing) << answer;
}

}  // namespace
}  // namespace templates
