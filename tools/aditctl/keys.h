#pragma once

#include <CLI/CLI.hpp>

#include "base/clock.h"
#include "base/random.h"

namespace aditctl {

/// Adds `keys` with its verbs: authority, gateway, sign and show. `clock` and `random` are used
/// when a verb runs.
void add_keys_command(CLI::App& app, const base::Clock& clock, base::Random& random);

}  // namespace aditctl
