#include "auditor/journal_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "base/hex.h"

namespace auditor {

std::string_view text(const Object& line, std::string_view key) {
    return line[key].get_string().value();
}
std::uint64_t number(const Object& line, std::string_view key) {
    return line[key].get_uint64().value();
}
std::uint32_t number32(const Object& line, std::string_view key) {
    const auto value = number(line, key);
    if (value > 0xffffffffU) throw std::runtime_error(fmt::format("{} is too large", key));
    return static_cast<std::uint32_t>(value);
}

bitcoin::HeaderBytes header_bytes(std::string_view digits) {
    const auto bytes = base::from_hex(digits);
    if (!bytes || bytes->size() != bitcoin::header_size)
        throw std::runtime_error("header is not 80 bytes");
    bitcoin::HeaderBytes header{};
    std::ranges::copy(*bytes, header.begin());
    return header;
}

}  // namespace auditor
