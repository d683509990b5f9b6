#include "simulation/parts/block_tree.h"

#include <algorithm>
#include <utility>

#include "bitcoin/coinbase.h"
#include "bitcoin/merkle.h"
#include "bitcoin/outputs.h"
#include "bitcoin/script.h"
#include "bitcoin/sha256.h"
#include "bitcoin/subsidy.h"

namespace simulation {
namespace {

constexpr auto network = bitcoin::Network::regtest;
constexpr std::uint32_t block_version = 0x20000000;
constexpr std::uint32_t time_ahead_max_s = 2 * 60 * 60;
constexpr std::size_t median_span = 11;
constexpr std::uint64_t fee_sat = 1'000;
constexpr std::size_t candidates_max = 64;

bitcoin::Transaction make_transaction(const bitcoin::BlockHash& tip, std::size_t index) {
    auto seed = base::to_bytes("simulated");
    base::append(seed, tip.value.as_bytes());
    base::append_le(seed, static_cast<std::uint64_t>(index));
    const auto digest = bitcoin::sha256d(seed);
    bitcoin::Transaction transaction;
    transaction.version = 2;
    transaction.inputs.push_back({.previous = {.txid = digest, .index = 0},
                                  .script = {},
                                  .sequence = 0xffffffff,
                                  .witness = {base::to_bytes(digest.as_bytes())}});
    transaction.outputs.push_back(
        {.value_sat = 100'000 + index,
         .script = bitcoin::pay_to_witness(0, digest.as_bytes().first<20>())});
    return transaction;
}

}  // namespace

BlockTree::BlockTree(Settings settings, base::UnixMicros now) : settings_(settings) {
    root_ = bitcoin::BlockHash{bitcoin::sha256d(base::to_bytes("the first block"))};
    entries_[root_] = {.prev = {}, .height = 100, .ntime = base::to_unix_seconds(now) - 600};
}

bitcoin::BlockHash BlockTree::ancestor(bitcoin::BlockHash hash, std::uint32_t depth) const {
    while (depth-- > 0 && hash != root_) hash = at(hash).prev;
    return hash;
}

bool BlockTree::is_ancestor(const bitcoin::BlockHash& ancestor, bitcoin::BlockHash of) const {
    const auto height = at(ancestor).height;
    while (at(of).height > height) of = at(of).prev;
    return of == ancestor;
}

bitcoin::BlockHash BlockTree::extend(const bitcoin::BlockHash& parent, base::UnixMicros now) {
    auto seed = base::to_bytes("a block by others");
    base::append(seed, parent.value.as_bytes());
    base::append_le(seed, ++found_by_others_);
    const bitcoin::BlockHash hash{bitcoin::sha256d(seed)};
    entries_[hash] = {
        .prev = parent,
        .height = at(parent).height + 1,
        .ntime = std::max(median_time_past(parent) + 1, base::to_unix_seconds(now)),
    };
    return hash;
}

std::optional<std::string> BlockTree::take(const bitcoin::Block& block, base::UnixMicros now) {
    if (auto why = fault(block, now)) return why;
    entries_[bitcoin::header_hash(block.header)] = {.prev = block.header.prev_hash,
                                                    .height = at(block.header.prev_hash).height + 1,
                                                    .ntime = block.header.ntime,
                                                    .is_ours = true};
    return std::nullopt;
}

// As a node does, in its order; what it says of amounts and transactions is below.
std::optional<std::string> BlockTree::fault(const bitcoin::Block& block, base::UnixMicros now) {
    const auto& header = block.header;
    const auto target = bitcoin::expand_nbits(header.nbits);
    if (!target || !target->is_met_by(bitcoin::header_hash(header))) return "high-hash";
    if (block.transactions.empty()) return "bad-blk-length";
    if (!bitcoin::merkle_root_matches(block)) return "bad-txnmrklroot";
    const auto& coinbase = block.transactions.front();
    if (!coinbase.is_coinbase()) return "bad-cb-missing";
    const auto& script = coinbase.inputs.front().script;
    if (script.size() < bitcoin::coinbase_script_size_min ||
        script.size() > bitcoin::coinbase_script_size_max)
        return "bad-cb-length";
    if (header.nbits != settings_.nbits) return "bad-diffbits";
    if (header.ntime <= median_time_past(header.prev_hash)) return "time-too-old";
    if (header.ntime > base::to_unix_seconds(now) + time_ahead_max_s) return "time-too-new";
    if (header.version < 4 || header.version > 0x7fffffff) return "bad-version";
    const auto height = bitcoin::height_push(at(header.prev_hash).height + 1);
    if (!std::equal(
            height.begin(), height.end(), script.begin(),
            script.begin() + static_cast<std::ptrdiff_t>(std::min(height.size(), script.size()))))
        return "bad-cb-height";
    if (!bitcoin::witness_commitment_matches(block)) return "bad-witness-merkle-match";
    for (std::size_t i = 1; i < block.transactions.size(); ++i)
        if (bitcoin::txid(block.transactions[i]) != waiting_at(header.prev_hash, i - 1).txid)
            return "bad-txns-inputs-missingorspent";
    const auto allowed = bitcoin::block_subsidy(at(header.prev_hash).height + 1, network) +
                         fee_sat * (block.transactions.size() - 1);
    std::uint64_t paid = 0;
    for (const auto& output : coinbase.outputs) {
        if (output.value_sat > allowed) return "bad-cb-amount";
        paid += output.value_sat;
    }
    if (paid > allowed) return "bad-cb-amount";
    return std::nullopt;
}

std::size_t BlockTree::waiting(std::chrono::microseconds age_of_tip) const {
    return settings_.transactions + static_cast<std::size_t>(age_of_tip / settings_.interval);
}

templates::Candidate BlockTree::candidate(const bitcoin::BlockHash& parent,
                                          std::size_t transactions) {
    const std::pair name{parent, transactions};
    if (const auto known = candidates_.find(name); known != candidates_.end()) return known->second;
    std::vector<bitcoin::Uint256> txids;
    std::vector<bitcoin::Uint256> wtxids;
    auto list = std::make_shared<std::vector<base::Bytes>>();
    for (std::size_t i = 0; i < transactions; ++i) {
        const auto& waiting = waiting_at(parent, i);
        txids.push_back(waiting.txid);
        wtxids.push_back(waiting.wtxid);
        list->push_back(waiting.bytes);
    }
    const auto height = at(parent).height + 1;
    base::Bytes commitment;
    bitcoin::append_output(
        commitment, {.value_sat = 0,
                     .script = bitcoin::witness_commitment_script(bitcoin::witness_root(wtxids))});
    templates::Candidate made{
        .block_template = {.ref = {},
                           .tip = {.prev_hash = parent,
                                   .nbits = settings_.nbits,
                                   .min_ntime = median_time_past(parent) + 1,
                                   .network_target = *bitcoin::expand_nbits(settings_.nbits),
                                   .height = height},
                           .version = block_version,
                           .coinbase_tx_version = 2,
                           .coinbase_prefix = bitcoin::height_push(height),
                           .coinbase_tx_input_sequence = 0xffffffff,
                           .coinbase_tx_value_remaining =
                               bitcoin::block_subsidy(height, network) + fee_sat * transactions,
                           .coinbase_tx_outputs = commitment,
                           .coinbase_tx_outputs_count = 1,
                           .coinbase_tx_locktime = 0,
                           .merkle_path = bitcoin::coinbase_merkle_path(txids),
                           .segwit = true},
        .transactions = std::move(list)};
    if (candidates_.size() >= candidates_max) candidates_.clear();
    return candidates_.emplace(name, std::move(made)).first->second;
}

const BlockTree::Waiting& BlockTree::waiting_at(const bitcoin::BlockHash& parent,
                                                std::size_t index) {
    auto& list = waiting_[parent];
    while (list.size() <= index) {
        const auto transaction = make_transaction(parent, list.size());
        list.push_back({.txid = bitcoin::txid(transaction),
                        .wtxid = bitcoin::wtxid(transaction),
                        .bytes = bitcoin::serialise(transaction)});
    }
    return list[index];
}

std::uint32_t BlockTree::median_time_past(bitcoin::BlockHash of) const {
    std::vector<std::uint32_t> times;
    for (auto block = of; times.size() < median_span; block = at(block).prev) {
        times.push_back(at(block).ntime);
        if (block == root_) break;
    }
    std::sort(times.begin(), times.end());
    return times[times.size() / 2];
}

}  // namespace simulation
