#pragma once

#include <optional>
#include <vector>

#include "base/bytes.h"
#include "bitcoin/transaction.h"

namespace bitcoin {

/// A count and so many outputs, as they stand in a transaction. Nothing when that is not what the
/// bytes are, to the last of them.
std::optional<std::vector<TxOutput>> parse_outputs(base::ByteView bytes);

}  // namespace bitcoin
