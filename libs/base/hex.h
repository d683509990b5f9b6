#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace base {

/// Lower-case hexadecimal, in the order of the bytes.
std::string to_hex(ByteView bytes);

/// Nothing if the text has an odd length or any character that is not a hexadecimal digit.
std::optional<Bytes> from_hex(std::string_view text);

}  // namespace base
