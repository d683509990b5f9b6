#include "translator/start_difficulty.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "sv1/difficulty.h"

namespace translator {
namespace {

constexpr double unknown_hps = 1e12;
/// Ten thousand times what all miners of the world have; a nonsense beyond would not fit the wire.
constexpr double hps_max = 1e25;
/// Above 2^32 no pool that counts as ours does can serve a target (bitcoin::Difficulty).
constexpr double minimum_max = 4294967295.0;
constexpr double hashes_per_difficulty = 4294967296.0;

std::optional<double> positive_number(std::string_view text) {
    double value{};
    const auto* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || stopped != end || !std::isfinite(value) || value <= 0)
        return std::nullopt;
    return value;
}

}  // namespace

std::optional<double> difficulty_in_password(std::string_view password) {
    while (!password.empty()) {
        const auto end = password.find_first_of(",; ");
        const auto word = password.substr(0, end);
        if (word.starts_with("d="))
            if (const auto difficulty = positive_number(word.substr(2))) return difficulty;
        if (end == std::string_view::npos) break;
        password.remove_prefix(end + 1);
    }
    return std::nullopt;
}

std::optional<double> difficulty_of_target(const bitcoin::Uint256& target) {
    if (target == bitcoin::Uint256{}) return std::nullopt;
    return sv1::tell_difficulty({target}, sv1::Rounding::none).difficulty;
}

MinerChannel::Start start_of(std::optional<double> wished_difficulty, double minimum,
                             const Firmware& firmware, const MinerSettings& settings) {
    double hps = unknown_hps;
    if (wished_difficulty)
        hps = *wished_difficulty * hashes_per_difficulty * settings.shares_per_minute / 60;
    else if (settings.nominal_hash_rate_hps > 0)
        hps = settings.nominal_hash_rate_hps;
    else if (firmware.nominal_hash_rate_hps > 0)
        hps = firmware.nominal_hash_rate_hps;
    minimum = std::min(
        minimum_max, std::max({minimum, firmware.minimum_difficulty, settings.minimum_difficulty}));
    return {.nominal_hash_rate_hps = std::min(hps, hps_max),
            .max_target = minimum > 0 ? sv1::target_of(minimum) : bitcoin::target_max()};
}

}  // namespace translator
