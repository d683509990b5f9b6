#pragma once

#include <cstdint>
#include <vector>

#include "bitcoin/block.h"
#include "bitcoin/coinbase.h"
#include "bitcoin/header.h"
#include "bitcoin/merkle.h"
#include "template/candidate.h"

namespace templates {

/// For tests: a block of a candidate that pays `value_sat` to an empty script, not yet solved.
inline bitcoin::Block block_of(const Candidate& candidate, std::uint64_t value_sat) {
    const auto& t = candidate.block_template;
    base::Bytes outputs;
    bitcoin::append_output(outputs, {.value_sat = value_sat, .script = {}});
    base::append(outputs, t.coinbase_tx_outputs);
    const auto parts = bitcoin::coinbase_parts({.version = t.coinbase_tx_version,
                                                .script_sig_begin = t.coinbase_prefix,
                                                .extranonce_size = 8,
                                                .sequence = t.coinbase_tx_input_sequence,
                                                .outputs_count = t.coinbase_tx_outputs_count + 1U,
                                                .outputs = outputs,
                                                .locktime = t.coinbase_tx_locktime});
    auto coinbase = parts->prefix;
    coinbase.resize(coinbase.size() + 8);
    base::append(coinbase, parts->suffix);
    if (t.segwit) coinbase = bitcoin::with_coinbase_witness(coinbase);

    bitcoin::Block block;
    block.transactions.push_back(*bitcoin::parse_transaction(coinbase));
    for (const auto& bytes : *candidate.transactions)
        block.transactions.push_back(*bitcoin::parse_transaction(bytes));
    block.header = {.version = t.version,
                    .prev_hash = t.tip.prev_hash,
                    .merkle_root = bitcoin::fold_merkle_path(
                        bitcoin::txid(block.transactions.front()), t.merkle_path),
                    .ntime = t.tip.min_ntime,
                    .nbits = t.tip.nbits,
                    .nonce = 0};
    return block;
}
inline bitcoin::Block block_of(const Candidate& candidate) {
    return block_of(candidate, candidate.block_template.coinbase_tx_value_remaining);
}

/// Recomputes the merkle root after a change to the transactions.
inline void commit_to_transactions(bitcoin::Block& block) {
    std::vector<bitcoin::Uint256> txids;
    for (const auto& transaction : block.transactions) txids.push_back(bitcoin::txid(transaction));
    block.header.merkle_root = bitcoin::merkle_root(txids);
}

/// Counts the nonce up until the header meets its target, or (`fails`) does not. No nonce helps
/// where nbits are no target.
inline void solve(bitcoin::Block& block, bool fails = false) {
    const auto target = bitcoin::expand_nbits(block.header.nbits);
    if (!target) return;
    while (target->is_met_by(bitcoin::header_hash(block.header)) == fails) ++block.header.nonce;
}

}  // namespace templates
