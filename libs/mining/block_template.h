#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "bitcoin/target.h"
#include "bitcoin/uint256.h"
#include "mining/ids.h"

namespace mining {

/// The end of the chain that is built on.
struct ChainTip {
    bitcoin::BlockHash prev_hash{};
    std::uint32_t nbits{};
    std::uint32_t min_ntime{};         ///< seconds since 1970; a header's ntime is not below it
    bitcoin::Target network_target{};  ///< of nbits, or the node's where that is lower
    std::uint32_t height{};            ///< of the block to be found
    friend bool operator==(const ChainTip&, const ChainTip&) = default;
};

/// A candidate block as jobs are derived from it; field names as in NewTemplate (Sv2 7.2). The
/// transactions behind merkle_path stay with who builds the block.
struct BlockTemplate {
    TemplateRef ref{};
    ChainTip tip{};
    std::uint32_t version{};
    std::uint32_t coinbase_tx_version{};
    base::Bytes coinbase_prefix{};  ///< the push of the height (BIP 34), at most 8 bytes
    std::uint32_t coinbase_tx_input_sequence{};
    std::uint64_t coinbase_tx_value_remaining{};  ///< satoshi, for the payout outputs
    base::Bytes coinbase_tx_outputs{};  ///< the template's own, serialised, without their count;
                                        ///< they stand last and unchanged
    std::uint32_t coinbase_tx_outputs_count{};
    std::uint32_t coinbase_tx_locktime{};
    std::vector<bitcoin::Uint256> merkle_path{};
    /// What the other transactions leave of a block's weight, and of the cost of its signature
    /// operations; absent where the node does not say.
    std::optional<std::uint32_t> coinbase_weight_max{};
    std::optional<std::uint32_t> coinbase_sigops_max{};
    bool segwit{true};  ///< has a witness commitment, so the block's coinbase carries a witness
    friend bool operator==(const BlockTemplate&, const BlockTemplate&) = default;
};

}  // namespace mining
