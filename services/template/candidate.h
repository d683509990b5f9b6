#pragma once

#include <cstdint>
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
    /// Null as long as the source has not fetched them: miners need not wait for them, only the
    /// block does.
    Transactions transactions = std::make_shared<std::vector<base::Bytes>>();
    /// The source's own name for it.
    std::uint64_t origin{};
    /// Without the transactions it could have, so that a new tip is mined at once: a full one of
    /// the same tip follows.
    bool is_early{};
};

}  // namespace templates
