#pragma once

#include <CLI/CLI.hpp>

#include "base/clock.h"

namespace aditctl::direct {

/// Adds `direct` with the commands that ask Redis and the services themselves: for when the admin
/// service is down, and for who reads the share log.
void add_direct_commands(CLI::App& app, const base::Clock& clock);

}  // namespace aditctl::direct
