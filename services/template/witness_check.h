#pragma once

#include <optional>
#include <string>

#include "bitcoin/block.h"

namespace templates {

/// Why a node refuses a block for its witnesses, in its words; nothing when it does not (BIP 141).
/// The block has a coinbase with an input.
std::optional<std::string> witness_fault(const bitcoin::Block& block);

}  // namespace templates
