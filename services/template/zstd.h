#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace templates {

/// One zstd frame, which says how large its content is. Level 1: transactions are mostly hashes,
/// keys and signatures, of which no level makes much less.
std::string compress(std::string_view content);

/// Nothing unless it is one whole frame of at most `size_max` bytes.
std::optional<std::string> decompress(std::string_view frame, std::size_t size_max);

}  // namespace templates
