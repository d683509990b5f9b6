#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "bitcoin/target.h"
#include "bitcoin/uint256.h"
#include "mining/ids.h"

namespace mining {

/// What is being built on.
struct ChainTip {
    bitcoin::BlockHash prev_hash{};
    std::uint32_t nbits{};
    /// Unix seconds; the lowest nTime of a share.
    std::uint32_t min_ntime{};
    /// The largest hash that solves a block: what nbits says, or less (Sv2 7.3).
    bitcoin::Target network_target{};
    /// Of the block that is being built.
    std::uint32_t height{};
    friend bool operator==(const ChainTip&, const ChainTip&) = default;
};

/// A candidate block without its transactions; everything that a job is derived from.
struct BlockTemplate {
    TemplateRef ref{};
    ChainTip tip{};
    std::uint32_t version{};
    std::uint32_t coinbase_tx_version{};
    /// The start of the scriptSig: the BIP 34 height, at most 8 bytes.
    base::Bytes coinbase_prefix{};
    std::uint32_t coinbase_tx_input_sequence{};
    /// Satoshis that the pool's outputs share.
    std::uint64_t coinbase_tx_value_remaining{};
    /// Outputs that go last and unchanged, concatenated, without a count.
    base::Bytes coinbase_tx_outputs{};
    std::uint32_t coinbase_tx_outputs_count{};
    std::uint32_t coinbase_tx_locktime{};
    /// Sibling hashes, leaf level first.
    std::vector<bitcoin::Uint256> merkle_path{};
    /// The block carries witness data, so a submitted coinbase has marker, flag and witness.
    bool segwit{true};
    friend bool operator==(const BlockTemplate&, const BlockTemplate&) = default;
};

}  // namespace mining
