#include "devnode/chain_node.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/hex.h"
#include "bitcoin/coinbase.h"
#include "bitcoin/merkle.h"
#include "bitcoin/transaction.h"

namespace devnode {
namespace {

using nlohmann::json;

// As Bitcoin Core numbers its errors.
constexpr int method_not_found = -32601;
constexpr int invalid_address_or_key = -5;
constexpr int invalid_parameter = -8;
constexpr int deserialization_error = -22;

std::string text(const json& params, std::size_t index) {
    return params.is_array() && params.size() > index && params[index].is_string()
               ? params[index].get<std::string>()
               : std::string{};
}

}  // namespace

ChainNode::ChainNode(boost::asio::io_context& loop, const base::Clock& clock, Settings settings)
    : clock_(clock),
      settings_(std::move(settings)),
      chain_(settings_.chain, clock.unix_now()),
      refresh_(loop),
      foreign_(loop) {
    if (!settings_.zmq_hashblock.empty()) publisher_.emplace(settings_.zmq_hashblock);
    note_tip();
    wait_to_refresh();
    wait_for_foreign_block();
}

void ChainNode::call(const json& request, OnAnswer on_answer) {
    const auto id = request.is_object() ? request.value("id", json{}) : json{};
    const auto method = request.is_object() ? request.value("method", std::string{}) : "";
    const auto params = request.is_object() ? request.value("params", json::array()) : json{};
    // A long poll that knows our tip waits for another.
    const bool is_waiting =
        method == "getblocktemplate" && params.is_array() && !params.empty() &&
        params[0].is_object() &&
        params[0].value("longpollid", std::string{}) == chain_.tip().value.to_be_hex();
    if (is_waiting) return long_polls_.emplace_back(id, std::move(on_answer)), void();
    try {
        on_answer({{"id", id}, {"error", nullptr}, {"result", answer_to(method, params)}});
    } catch (const Error& error) {
        on_answer({{"id", id},
                   {"result", nullptr},
                   {"error", {{"code", error.code}, {"message", error.message}}}});
    }
}

json ChainNode::answer_to(const std::string& method, const json& params) {
    if (method == "getblockchaininfo") return chain_info();
    if (method == "getbestblockhash") return chain_.tip().value.to_be_hex();
    if (method == "getblockcount") return chain_.height();
    if (method == "getblocktemplate") return block_template();
    if (method == "submitblock") return submit(text(params, 0));
    if (method == "getblockheader") return header(text(params, 0));
    if (method == "getblockhash") {
        const auto height = params.is_array() && !params.empty() && params[0].is_number_unsigned()
                                ? params[0].get<std::uint32_t>()
                                : ~0U;
        const auto found = blocks_.find(height);
        if (found == blocks_.end()) throw Error{invalid_parameter, "Block height out of range"};
        return found->second.hash.value.to_be_hex();
    }
    if (method == "getnetworkinfo")
        return {{"version", 0}, {"subversion", "/adit-devnode/"}, {"connections", 1}};
    if (method == "getmempoolinfo")
        return {{"loaded", true}, {"size", chain_.candidate().transactions->size()}};
    if (method == "getzmqnotifications")
        return publisher_ ? json::array({{{"type", "pubhashblock"},
                                          {"address", settings_.zmq_hashblock},
                                          {"hwm", 1000}}})
                          : json::array();
    // Whatever output and transactions are asked for: the block is somebody else's.
    if (method == "generateblock") return {{"hash", extend_by_others()}};
    throw Error{method_not_found, "Method not found"};
}

json ChainNode::chain_info() const {
    return {{"chain", "regtest"},
            {"blocks", chain_.height()},
            {"headers", chain_.height()},
            {"bestblockhash", chain_.tip().value.to_be_hex()},
            {"time", blocks_.rbegin()->second.time},
            {"mediantime", blocks_.rbegin()->second.time},
            {"initialblockdownload", false},
            {"pruned", false}};
}

json ChainNode::block_template() const {
    const auto candidate = chain_.candidate();
    const auto& t = candidate.block_template;
    auto transactions = json::array();
    std::vector<bitcoin::Uint256> wtxids;
    for (const auto& bytes : *candidate.transactions) {
        const auto transaction = *bitcoin::parse_transaction(bytes);
        wtxids.push_back(bitcoin::wtxid(transaction));
        transactions.push_back({{"data", base::to_hex(bytes)},
                                {"txid", bitcoin::txid(transaction).to_be_hex()},
                                {"hash", wtxids.back().to_be_hex()}});
    }
    return {{"version", t.version},
            {"rules", {"csv", "!segwit", "taproot"}},
            {"previousblockhash", t.tip.prev_hash.value.to_be_hex()},
            {"longpollid", t.tip.prev_hash.value.to_be_hex()},
            {"coinbasevalue", t.coinbase_tx_value_remaining},
            {"target", t.tip.network_target.value.to_be_hex()},
            {"mintime", t.tip.min_ntime},
            {"curtime", t.tip.min_ntime},
            {"bits", fmt::format("{:08x}", t.tip.nbits)},
            {"height", t.tip.height},
            {"transactions", std::move(transactions)},
            {"default_witness_commitment",
             base::to_hex(bitcoin::witness_commitment_script(bitcoin::witness_root(wtxids)))}};
}

json ChainNode::header(const std::string& hex) const {
    const auto found = std::find_if(blocks_.begin(), blocks_.end(), [&](const auto& entry) {
        return entry.second.hash.value.to_be_hex() == hex;
    });
    if (found == blocks_.end()) throw Error{invalid_address_or_key, "Block not found"};
    return {{"hash", hex},
            {"height", found->first},
            {"time", found->second.time},
            {"confirmations", chain_.height() - found->first + 1}};
}

json ChainNode::submit(const std::string& hex) {
    const auto bytes = base::from_hex(hex);
    if (!bytes) throw Error{deserialization_error, "Block decode failed"};
    const auto fault = chain_.submit_block(*bytes, clock_.unix_now());
    if (fault) return *fault;
    note_tip();
    return nullptr;
}

std::string ChainNode::extend_by_others() {
    chain_.extend_by_others(clock_.unix_now());
    note_tip();
    return chain_.tip().value.to_be_hex();
}

void ChainNode::note_tip() {
    if (publisher_) publisher_->announce(chain_.tip());
    blocks_[chain_.height()] = {.hash = chain_.tip(),
                                .time = base::to_unix_seconds(clock_.unix_now())};
    for (const auto& [id, on_answer] : std::exchange(long_polls_, {}))
        on_answer({{"id", id}, {"error", nullptr}, {"result", block_template()}});
}

void ChainNode::wait_to_refresh() {
    if (settings_.refresh_interval.count() == 0) return;
    refresh_.expires_after(settings_.refresh_interval);
    refresh_.async_wait([this](const auto& error) {
        if (error) return;
        chain_.add_transaction();
        wait_to_refresh();
    });
}

void ChainNode::wait_for_foreign_block() {
    if (settings_.foreign_blocks.count() == 0) return;
    foreign_.expires_after(settings_.foreign_blocks);
    foreign_.async_wait([this](const auto& error) {
        if (error) return;
        extend_by_others();
        wait_for_foreign_block();
    });
}

}  // namespace devnode
