#include "miner/quantity.h"

#include <charconv>
#include <cmath>
#include <utility>

namespace miner {
namespace {

// The number at the front and what follows it.
std::optional<std::pair<double, std::string_view>> split_number(std::string_view text) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || !std::isfinite(number) || number < 0) return std::nullopt;
    return std::pair{number, text.substr(static_cast<std::size_t>(end - text.data()))};
}

}  // namespace

std::optional<double> parse_rate(std::string_view text) {
    const auto split = split_number(text);
    if (!split) return std::nullopt;
    const auto& [number, unit] = *split;
    if (unit.empty()) return number;
    constexpr std::pair<std::string_view, double> units[] = {
        {"k", 1e3}, {"M", 1e6}, {"G", 1e9}, {"T", 1e12}, {"P", 1e15}};
    for (const auto& [name, factor] : units)
        if (unit == name) return number * factor;
    return std::nullopt;
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
    const auto split = split_number(text);
    if (!split) return std::nullopt;
    const auto& [number, unit] = *split;
    constexpr std::pair<std::string_view, double> units[] = {
        {"ms", 1}, {"s", 1e3}, {"m", 6e4}, {"h", 3.6e6}};
    for (const auto& [name, factor] : units)
        if (unit == name && number * factor < 1e15)
            return std::chrono::milliseconds{static_cast<std::int64_t>(number * factor)};
    return std::nullopt;
}

}  // namespace miner
