#pragma once

#include <cstddef>
#include <string_view>

#include "sv1/difficulty.h"

namespace translator {

/// What is known of a kind of miner from its user agent alone. Zero where nothing is.
struct Firmware {
    std::string_view agent{};  ///< how the user agent begins, in lower case
    std::string_view name{};   ///< for the status page
    /// It turns to another pool below this.
    double minimum_difficulty{};
    /// The form that it needs of a difficulty, whatever the operator chose.
    sv1::Rounding rounding{sv1::Rounding::none};
    /// A usual device's, until its shares say more; in hashes a second.
    double nominal_hash_rate_hps{};
};

/// Upper and lower case do not matter. An unknown agent has no quirks and the name "other".
const Firmware& firmware_of(std::string_view user_agent);

/// The stricter of two forms.
sv1::Rounding stricter(sv1::Rounding a, sv1::Rounding b);

}  // namespace translator
