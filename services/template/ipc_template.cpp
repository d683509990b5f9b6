#include "template/ipc_template.h"

#include <fmt/format.h>

#include <limits>
#include <memory>
#include <utility>

#include "bitcoin/block.h"
#include "bitcoin/coinbase.h"
#include "bitcoin/compact_size.h"
#include "bitcoin/header.h"
#include "bitcoin/merkle.h"
#include "bitcoin/transaction.h"

namespace templates {
namespace {

using nlohmann::json;

constexpr std::uint32_t regtest_nbits = 0x207fffff;  // of every block: regtest never retargets
constexpr std::size_t prefix_size_max = 8;           // Sv2 7.2
constexpr std::size_t reserved_value_size = 32;      // BIP 141

auto wrong(std::string what) {
    return base::unexpected(std::move(what));
}

std::optional<std::uint32_t> small_integer(const json& object, const char* key) {
    const auto found = object.find(key);
    if (found == object.end() || !found->is_number_integer()) return std::nullopt;
    const auto value = found->get<std::int64_t>();
    if (value < 0 || value > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
    return static_cast<std::uint32_t>(value);
}

std::optional<bool> boolean(const json& object, const char* key) {
    const auto found = object.find(key);
    if (found == object.end() || !found->is_boolean()) return std::nullopt;
    return found->get<bool>();
}

std::string text(const json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

}  // namespace

base::Result<mining::BlockTemplate, Fault> read_ipc_template(const IpcTemplate& fields) {
    const auto& coinbase = fields.coinbase;
    if (fields.header.size() != bitcoin::header_size)
        return wrong("the header does not have 80 bytes");
    const auto header =
        bitcoin::decode_header(base::ByteView{fields.header}.first<bitcoin::header_size>());
    const auto target = bitcoin::expand_nbits(header.nbits);
    if (!target) return wrong("nbits stand for no target");
    const auto height = bitcoin::pushed_height(coinbase.script_sig_prefix);
    if (!height || coinbase.script_sig_prefix.size() > prefix_size_max)
        return wrong("the coinbase does not begin with a height, or with too much besides");
    if (coinbase.block_reward_remaining < 0) return wrong("the reward is negative");
    const bool segwit = !coinbase.witness.empty();
    // Jobs and blocks carry the zeros that every release so far chooses.
    if (segwit && coinbase.witness != base::Bytes(reserved_value_size))
        return wrong("the node demands a witness reserved value other than zeros");

    mining::BlockTemplate result{
        .ref = {},
        .tip = {.prev_hash = header.prev_hash,
                .nbits = header.nbits,
                .min_ntime = header.ntime,
                .network_target = *target,
                .height = *height},
        .version = header.version,
        .coinbase_tx_version = coinbase.version,
        .coinbase_prefix = coinbase.script_sig_prefix,
        .coinbase_tx_input_sequence = coinbase.sequence,
        .coinbase_tx_value_remaining = static_cast<std::uint64_t>(coinbase.block_reward_remaining),
        .coinbase_tx_outputs = {},
        .coinbase_tx_outputs_count = static_cast<std::uint32_t>(coinbase.required_outputs.size()),
        .coinbase_tx_locktime = coinbase.lock_time,
        .merkle_path = {},
        .segwit = segwit,
    };
    for (const auto& output : coinbase.required_outputs)
        base::append(result.coinbase_tx_outputs, output);
    for (const auto& node : fields.merkle_path) {
        if (node.size() != 32) return wrong("the merkle path has a node without 32 bytes");
        result.merkle_path.push_back(
            bitcoin::Uint256::from_bytes(base::ByteView{node}.first<32>()));
    }
    return result;
}

base::Result<IpcCoinbase, Fault> read_dummy_coinbase(base::ByteView transaction) {
    const auto parsed = bitcoin::parse_transaction(transaction);
    if (!parsed || !parsed->is_coinbase() || parsed->outputs.empty())
        return wrong("the dummy coinbase is none");
    const auto& input = parsed->inputs.front();
    const auto& reward = parsed->outputs.front();
    if (input.witness.size() > 1) return wrong("the dummy coinbase has more than one witness");
    if (reward.value_sat > std::numeric_limits<std::int64_t>::max())
        return wrong("the reward is negative");
    // Behind the height the node has a push of nothing, so that the script is long enough.
    const auto height = bitcoin::pushed_height(input.script);
    if (!height) return wrong("the dummy coinbase does not begin with a height");
    const auto prefix = bitcoin::height_push(*height);

    IpcCoinbase result{
        .version = parsed->version,
        .sequence = input.sequence,
        .script_sig_prefix = prefix,
        .witness = input.witness.empty() ? base::Bytes{} : input.witness.front(),
        .block_reward_remaining = static_cast<std::int64_t>(reward.value_sat),
        .required_outputs = {},
        .lock_time = parsed->locktime,
    };
    for (auto output = parsed->outputs.begin() + 1; output != parsed->outputs.end(); ++output)
        bitcoin::append_output(result.required_outputs.emplace_back(), *output);
    return result;
}

base::Result<Transactions, Fault> read_ipc_block(base::ByteView block,
                                                 const mining::BlockTemplate& of) {
    if (block.size() < bitcoin::header_size) return wrong("the block has no header");
    auto rest = block.subspan(bitcoin::header_size);
    const auto count = bitcoin::read_compact_size(rest);
    if (!count || *count == 0) return wrong("the block has no transactions");
    auto result = std::make_shared<std::vector<base::Bytes>>();
    std::vector<bitcoin::Uint256> txids;
    for (std::uint64_t i = 0; i < *count; ++i) {
        const auto before = rest;
        const auto transaction = bitcoin::read_transaction(rest);
        if (!transaction) return wrong("the block has a transaction that does not decode");
        if (i == 0) continue;  // the dummy
        result->push_back(base::to_bytes(before.first(before.size() - rest.size())));
        txids.push_back(bitcoin::txid(*transaction));
    }
    if (!rest.empty()) return wrong("the block has bytes left over");
    if (bitcoin::coinbase_merkle_path(txids) != of.merkle_path)
        return wrong("the block's transactions are not those of its merkle path");
    return Transactions{std::move(result)};
}

base::Result<base::ByteView, Fault> coinbase_of(base::ByteView block) {
    if (block.size() < bitcoin::header_size) return wrong("the block has no header");
    auto rest = block.subspan(bitcoin::header_size);
    if (!bitcoin::read_compact_size(rest)) return wrong("the block has no transactions");
    const auto before = rest;
    if (!bitcoin::read_transaction(rest)) return wrong("the block's coinbase does not decode");
    return before.first(before.size() - rest.size());
}

SubmitAnswer read_verdict(const IpcVerdict& verdict) {
    using Kind = SubmitAnswer::Kind;
    if (verdict.is_accepted) return {.kind = Kind::accepted, .reason = {}};
    if (verdict.reason == "duplicate") return {.kind = Kind::duplicate, .reason = verdict.reason};
    if (verdict.reason.empty())
        return {.kind = Kind::rejected,
                .reason = "rejected, for a reason that only the node's log has"};
    return {.kind = Kind::rejected, .reason = verdict.reason};
}

SubmitAnswer read_old_verdict(bool is_taken, const bitcoin::BlockHash& block, std::uint32_t height,
                              const std::optional<bitcoin::BlockHash>& tip,
                              std::uint32_t tip_height) {
    using Kind = SubmitAnswer::Kind;
    if (!is_taken) return read_verdict({});
    if (tip == block) return {.kind = Kind::accepted, .reason = {}};
    if (tip_height > height)
        return {.kind = Kind::duplicate, .reason = "the chain has gone on since"};
    return {.kind = Kind::rejected, .reason = "inconclusive"};
}

Fault with_cure(Fault words) {
    // A coinbase of its own that has only the height is too short by a byte below height 17.
    if (words.find("bad-cb-length") != Fault::npos)
        words += ": this version makes no templates for the first 16 blocks; generate these by RPC";
    return words;
}

std::optional<Fault> network_fault(bitcoin::Network configured, bool is_test_chain,
                                   std::optional<std::uint32_t> nbits) {
    const auto is_not = [&](std::string_view what) {
        return fmt::format("is on {}, configured network is '{}'", what,
                           bitcoin::chain_name(configured));
    };
    if (!is_test_chain && configured != bitcoin::Network::mainnet) return is_not("the main chain");
    if (is_test_chain && configured == bitcoin::Network::mainnet) return is_not("a test chain");
    if (is_test_chain && nbits) {
        const bool is_regtest = *nbits == regtest_nbits;
        if (is_regtest && configured != bitcoin::Network::regtest) return is_not("regtest");
        if (!is_regtest && configured == bitcoin::Network::regtest)
            return is_not("a test chain other than regtest");
    }
    return std::nullopt;
}

void read_blockchain_info(const json& result, NodeStatus& into) {
    if (!result.is_object()) return;
    if (const auto network = bitcoin::network_of_chain(text(result, "chain")))
        into.network = network;
    if (const auto height = small_integer(result, "headers")) into.header_height = height;
    if (const auto time = small_integer(result, "time")) into.tip_time = time;
    if (const auto is_pruned = boolean(result, "pruned")) into.is_pruned = is_pruned;
    if (const auto value = boolean(result, "initialblockdownload"))
        into.is_initial_download = value;
}

BlockStanding read_block_header(const json& result) {
    const auto found = result.is_object() ? result.find("confirmations") : result.end();
    if (found == result.end() || !found->is_number_integer()) return {};
    const auto confirmations = found->get<std::int64_t>();
    if (confirmations < 0) return {.kind = BlockStanding::Kind::not_in_chain, .confirmations = 0};
    return {.kind = BlockStanding::Kind::in_chain,
            .confirmations = static_cast<std::uint32_t>(confirmations)};
}

}  // namespace templates
