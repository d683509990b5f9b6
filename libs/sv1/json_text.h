#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace sv1 {

/// The text in quotes, with what JSON does not allow between them escaped. The text is UTF-8.
void append_json_string(std::string_view text, std::string& out);

/// In quotes too: eight digits, and the digits of the bytes in their order.
void append_json_hex32(std::uint32_t value, std::string& out);
void append_json_hex(base::ByteView bytes, std::string& out);

}  // namespace sv1
