#pragma once

#include <simdjson.h>

#include <cstdint>
#include <string_view>

#include "bitcoin/header.h"

namespace auditor {

/// One line of a journal. Each of these throws where the member is missing or something else.
using Object = simdjson::dom::object;

std::string_view text(const Object& line, std::string_view key);
std::uint64_t number(const Object& line, std::string_view key);
std::uint32_t number32(const Object& line, std::string_view key);

/// 80 bytes from their digits.
bitcoin::HeaderBytes header_bytes(std::string_view digits);

}  // namespace auditor
