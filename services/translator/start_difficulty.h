#pragma once

#include <optional>
#include <string_view>

#include "bitcoin/target.h"
#include "translator/firmware.h"
#include "translator/miner_channel.h"
#include "translator/miner_settings.h"

namespace translator {

/// The difficulty that a password asks for: "d=512", also among others, as in "x,d=512". Nothing
/// when it asks for none, or not for a number above zero.
std::optional<double> difficulty_in_password(std::string_view password);

/// Of a target that a miner suggests, as a difficulty. Nothing for zero.
std::optional<double> difficulty_of_target(const bitcoin::Uint256& target);

/// How a miner's channel starts: as it wishes, else as configured, else as its firmware usually
/// is. `minimum` is what the miner itself takes at least; 0 is nothing.
MinerChannel::Start start_of(std::optional<double> wished_difficulty, double minimum,
                             const Firmware& firmware, const MinerSettings& settings);

}  // namespace translator
