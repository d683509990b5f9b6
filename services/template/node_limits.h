#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>

#include "mining/block_template.h"

namespace templates {

/// Sets what the first `kept` transactions of a getblocktemplate answer leave to the coinbase, of
/// the block's weight and of its signature operations, as far as the node gives their weights,
/// counts and limits (BIP 23, BIP 145). An answer that is over its own limits leaves nothing.
void read_limits(const nlohmann::json& answer, std::size_t kept, mining::BlockTemplate& to);

}  // namespace templates
