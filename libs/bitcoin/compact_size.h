#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace bitcoin {

/// Bitcoin's variable-length count: 1, 3, 5 or 9 bytes.
void append_compact_size(base::Bytes& to, std::uint64_t value);

std::size_t compact_size_length(std::uint64_t value);

/// Takes a count from the front of `rest`. Nothing, and `rest` as it was, when bytes are missing
/// or when a shorter form of the same number exists, which nodes refuse too.
std::optional<std::uint64_t> read_compact_size(base::ByteView& rest);

}  // namespace bitcoin
