#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "ledger/block_log.h"

namespace aditctl::direct {

/// What the events of one block come to, over all replicas.
struct BlockHistory {
    struct Said {
        std::string answer{};  ///< "accepted", "rejected"; "submitted" when there is none yet
        std::string reason{};
    };
    ledger::BlockEntry first{};  ///< for what is known of the block
    /// The chain's word where there is one: "in_chain", "confirmed", "orphaned"; else "accepted"
    /// when a node has it, "rejected" or "given_up" when every replica that knows it says so,
    /// "submitted", "found".
    std::string state{};
    std::string reason{};  ///< of a rejection or of giving up
    /// By replica and node.
    std::map<std::pair<std::string, std::string>, Said> answers{};
};

/// Of each block, the last found first. Replays change nothing.
std::vector<BlockHistory> histories_of(const std::vector<ledger::BlockEntry>& entries);

}  // namespace aditctl::direct
