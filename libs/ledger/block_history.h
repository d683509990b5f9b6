#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "ledger/block_log.h"

namespace ledger {

/// What the events of one block come to, over all replicas.
struct BlockHistory {
    struct Said {
        std::string answer{};  ///< "accepted", "rejected"; "submitted" when there is none yet
        std::string reason{};
    };
    BlockEntry first{};  ///< for what is known of the block
    /// The chain's word where there is one: "in_chain", "confirmed", "orphaned"; else "accepted"
    /// when a node has it, "rejected" or "given_up" when every replica that knows it says so,
    /// "submitted", "found".
    std::string state{};
    std::string reason{};  ///< of a rejection or of giving up
    /// By replica and node.
    std::map<std::pair<std::string, std::string>, Said> answers{};
};

/// Of one block, in whatever order its entries came; at least one. Replays change nothing.
BlockHistory history_of(std::vector<BlockEntry> entries);

/// Of each block, the last found first.
std::vector<BlockHistory> histories_of(const std::vector<BlockEntry>& entries);

}  // namespace ledger
