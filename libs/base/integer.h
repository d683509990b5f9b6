#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string_view>
#include <system_error>

namespace base {

/// The integer that all of `text` is, in digits of the number system `radix`, with a minus sign
/// where the type has one. Nothing for an empty or longer text, or a number out of range.
template <std::integral Int>
std::optional<Int> parse_integer(std::string_view text, int radix = 10) {
    Int value{};
    const auto* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, value, radix);
    if (error != std::errc{} || stopped != end) return std::nullopt;
    return value;
}

}  // namespace base
