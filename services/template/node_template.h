#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/result.h"
#include "template/candidate.h"

namespace templates {

/// What a node's answer to getblocktemplate tells.
struct NodeTemplate {
    Candidate candidate{};
    std::string long_poll_id{};  ///< empty: the node does not know long polling
    /// The node's clock, Unix seconds; nothing where its answer is the earliest time that consensus
    /// allows, which its clock may be below.
    std::optional<std::uint32_t> clock{};
    /// The node has left so little room that these, the last, had to go for the coinbase.
    std::size_t transactions_left_out{};
};

/// Reads the answer (BIP 22, BIP 23, BIP 145), asked for with the segwit rule. The candidate's
/// min_ntime is the node's time, or the earliest that consensus allows if that is later. A coinbase
/// of `coinbase_weight` fits into the block. Pure. Errors: what is missing or wrong, for the log.
base::Result<NodeTemplate, std::string> read_node_template(const nlohmann::json& answer,
                                                           std::uint32_t coinbase_weight = 0);

}  // namespace templates
