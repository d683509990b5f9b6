#pragma once

#include <CLI/CLI.hpp>

#include "base/clock.h"

namespace aditctl::direct {

/// Adds `ban` with its verbs: add, remove and list. `clock` is used when a verb runs.
void add_ban_command(CLI::App& app, const base::Clock& clock);

}  // namespace aditctl::direct
