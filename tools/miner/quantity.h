#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace miner {

/// "250k", "1.5M", "1e14": a number with an optional k, M, G, T or P. Nothing for anything else,
/// and for what is negative or not finite.
std::optional<double> parse_rate(std::string_view text);

/// "500ms", "60s", "5m", "1h". Nothing without a unit, or for anything else.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

}  // namespace miner
