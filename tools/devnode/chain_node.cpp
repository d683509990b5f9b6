#include "devnode/chain_node.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "base/hex.h"
#include "bitcoin/block.h"
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
constexpr std::uint32_t generate_max = 1'000;

using Kind = ChainEvent::Kind;

base::UnixMicros began_at(const ChainFile& file, base::UnixMicros now) {
    return file.events().empty() ? now : file.events().front().at;
}

std::string text(const json& params, std::size_t index) {
    return params.is_array() && params.size() > index && params[index].is_string()
               ? params[index].get<std::string>()
               : std::string{};
}

std::optional<std::uint32_t> number(const json& params, std::size_t index) {
    if (!params.is_array() || params.size() <= index || !params[index].is_number_integer())
        return std::nullopt;
    const auto number = params[index].get<std::int64_t>();
    if (number < 0 || number > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
    return static_cast<std::uint32_t>(number);
}

}  // namespace

ChainNode::ChainNode(boost::asio::io_context& loop, const base::Clock& clock, Settings settings)
    : clock_(clock),
      settings_(std::move(settings)),
      file_(settings_.file),
      chain_(settings_.chain, began_at(file_, clock.unix_now())),
      refresh_(loop),
      foreign_(loop) {
    if (!settings_.zmq_hashblock.empty()) publisher_.emplace(settings_.zmq_hashblock);
    read_file();
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
        const auto found = chain_at_.find(number(params, 0).value_or(~0U));
        if (found == chain_at_.end()) throw Error{invalid_parameter, "Block height out of range"};
        return found->second;
    }
    if (method == "invalidateblock") return take_back(text(params, 0));
    // Whom they pay is nobody's business here.
    if (method == "generatetodescriptor" || method == "generatetoaddress")
        return generate(number(params, 0).value_or(1));
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
    if (method == "generateblock") return {{"hash", generate(1)[0]}};
    throw Error{method_not_found, "Method not found"};
}

json ChainNode::chain_info() const {
    const auto& tip = blocks_.at(chain_.tip().value.to_be_hex());
    return {{"chain", "regtest"},
            {"blocks", chain_.height()},
            {"headers", chain_.height()},
            {"bestblockhash", chain_.tip().value.to_be_hex()},
            {"time", tip.time},
            {"mediantime", chain_.median_time_past()},
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
    const auto found = blocks_.find(hex);
    if (found == blocks_.end()) throw Error{invalid_address_or_key, "Block not found"};
    const auto& block = found->second;
    const auto in_chain = chain_at_.find(block.height);
    const bool is_in_chain = in_chain != chain_at_.end() && in_chain->second == hex;
    json answer{{"hash", hex},
                {"height", block.height},
                {"time", block.time},
                {"bits", fmt::format("{:08x}", block.nbits)},
                {"confirmations",
                 is_in_chain ? static_cast<std::int64_t>(chain_.height() - block.height) + 1 : -1}};
    if (block.median_time) answer["mediantime"] = *block.median_time;
    return answer;
}

json ChainNode::submit(const std::string& hex) {
    auto bytes = base::from_hex(hex);
    if (!bytes) throw Error{deserialization_error, "Block decode failed"};
    const auto fault =
        record({.kind = Kind::block, .at = clock_.unix_now(), .block = std::move(*bytes)});
    if (fault) return *fault;
    tell_of_tip();
    return nullptr;
}

json ChainNode::generate(std::uint32_t count) {
    if (count > generate_max) throw Error{invalid_parameter, "too many blocks"};
    auto hashes = json::array();
    for (std::uint32_t i = 0; i < count; ++i) {
        record({.kind = Kind::others_block, .at = clock_.unix_now()});
        hashes.push_back(chain_.tip().value.to_be_hex());
    }
    tell_of_tip();
    return hashes;
}

json ChainNode::take_back(const std::string& hex) {
    const auto hash = bitcoin::Uint256::from_be_hex(hex);
    if (!hash ||
        record({.kind = Kind::take_back, .at = clock_.unix_now(), .hash = {*hash}}).has_value())
        throw Error{invalid_address_or_key, "Block not found"};
    tell_of_tip();
    return nullptr;
}

std::optional<std::string> ChainNode::record(ChainEvent event) {
    auto fault = carry_out(event);
    // What only changed what the chain knows of branches is part of it, too.
    if (!fault || fault == "inconclusive") file_.append(event);
    return fault;
}

std::optional<std::string> ChainNode::carry_out(const ChainEvent& event) {
    switch (event.kind) {
        case Kind::start: break;
        case Kind::transaction: chain_.add_transaction(); break;
        case Kind::others_block: chain_.extend_by_others(event.at); break;
        case Kind::take_back:
            if (!chain_.take_back(event.hash)) return "not in the chain";
            break;
        case Kind::block:
            if (auto fault = chain_.submit_block(event.block, event.at)) {
                if (fault == "inconclusive") note_branch(event);
                return fault;
            }
            break;
    }
    note_tip(event.at);
    return std::nullopt;
}

void ChainNode::read_file() {
    if (file_.events().empty())
        record({.kind = Kind::start, .at = clock_.unix_now()});
    else
        for (const auto& event : file_.events())
            if (const auto fault = carry_out(event); fault && fault != "inconclusive")
                throw std::runtime_error(settings_.file +
                                         " is of a chain with other settings: " + *fault);
}

void ChainNode::note_tip(base::UnixMicros at) {
    const auto tip = chain_.tip().value.to_be_hex();
    blocks_.try_emplace(tip, Block{.height = chain_.height(),
                                   .time = base::to_unix_seconds(at),
                                   .nbits = chain_.tip_nbits(),
                                   .median_time = chain_.median_time_past()});
    chain_at_.erase(chain_at_.upper_bound(chain_.height()), chain_at_.end());
    chain_at_[chain_.height()] = tip;
}

/// A block beside the chain: its parent is known.
void ChainNode::note_branch(const ChainEvent& event) {
    const auto header = bitcoin::parse_block(event.block)->header;
    const auto parent = blocks_.find(header.prev_hash.value.to_be_hex());
    if (parent == blocks_.end()) return;
    const auto height = parent->second.height + 1;
    blocks_.try_emplace(bitcoin::header_hash(header).value.to_be_hex(),
                        Block{.height = height, .time = header.ntime, .nbits = header.nbits});
}

void ChainNode::tell_of_tip() {
    if (publisher_) publisher_->announce(chain_.tip());
    for (const auto& [id, on_answer] : std::exchange(long_polls_, {}))
        on_answer({{"id", id}, {"error", nullptr}, {"result", block_template()}});
}

void ChainNode::wait_to_refresh() {
    if (settings_.refresh_interval.count() == 0) return;
    refresh_.expires_after(settings_.refresh_interval);
    refresh_.async_wait([this](const auto& error) {
        if (error) return;
        record({.kind = Kind::transaction, .at = clock_.unix_now()});
        wait_to_refresh();
    });
}

void ChainNode::wait_for_foreign_block() {
    if (settings_.foreign_blocks.count() == 0) return;
    foreign_.expires_after(settings_.foreign_blocks);
    foreign_.async_wait([this](const auto& error) {
        if (error) return;
        generate(1);
        wait_for_foreign_block();
    });
}

}  // namespace devnode
