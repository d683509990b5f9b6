#pragma once

#include <cstdint>

#include "bitcoin/coinbase.h"
#include "bitcoin/header.h"
#include "bitcoin/merkle.h"
#include "bitcoin/nonce_scan.h"
#include "bitcoin/sha256.h"
#include "bitcoin/transaction.h"
#include "rpc/template_client.h"

/// A block of this template that pays `script`, solved as a miner does.
inline rpc::Solution solve(const mining::BlockTemplate& from, const base::Bytes& script) {
    base::Bytes outputs;
    bitcoin::append_output(outputs,
                           {.value_sat = from.coinbase_tx_value_remaining, .script = script});
    base::append(outputs, from.coinbase_tx_outputs);
    const auto parts =
        bitcoin::coinbase_parts({.version = from.coinbase_tx_version,
                                 .script_sig_begin = from.coinbase_prefix,
                                 .extranonce_size = 16,
                                 .sequence = from.coinbase_tx_input_sequence,
                                 .outputs_count = from.coinbase_tx_outputs_count + 1U,
                                 .outputs = outputs,
                                 .locktime = from.coinbase_tx_locktime});
    for (std::uint64_t extranonce = 0;; ++extranonce) {
        auto coinbase = parts->prefix;
        base::append_le(coinbase, from.ref.value);
        base::append_le(coinbase, extranonce);
        base::append(coinbase, parts->suffix);
        bitcoin::Header header{
            .version = from.version,
            .prev_hash = from.tip.prev_hash,
            .merkle_root = bitcoin::fold_merkle_path(bitcoin::sha256d(coinbase), from.merkle_path),
            .ntime = from.tip.min_ntime,
            .nbits = from.tip.nbits,
            .nonce = 0};
        const auto found = bitcoin::scan_nonces(bitcoin::header_midstate(header), 0,
                                                std::uint64_t{1} << 32, from.tip.network_target);
        if (!found) continue;
        header.nonce = found->nonce;
        return {.template_ref = from.ref,
                .header = bitcoin::encode_header(header),
                .coinbase_tx = from.segwit ? bitcoin::with_coinbase_witness(coinbase) : coinbase,
                .channel = mining::ChannelKey{42},
                .user_identity = "probe.rig"};
    }
}
