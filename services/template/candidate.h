#pragma once

#include <memory>
#include <vector>

#include "base/bytes.h"
#include "mining/block_template.h"

namespace templates {

/// A block's transactions but for the coinbase, each serialised with its witness, in block order.
/// Shared: a template is handed around, and its transactions may be megabytes.
using Transactions = std::shared_ptr<const std::vector<base::Bytes>>;

/// A candidate block: the template (without a ref as long as a source has it) and what else it
/// takes to build the block.
struct Candidate {
    mining::BlockTemplate block_template{};
    Transactions transactions = std::make_shared<std::vector<base::Bytes>>();
};

}  // namespace templates
