#pragma once

#include <CLI/CLI.hpp>

#include "aditctl/global_options.h"
#include "base/clock.h"

namespace aditctl {

/// `aditctl payouts`: who earned what, computed from exported shares.
void add_payouts_command(CLI::App& app, const GlobalOptions& global, const base::Clock& clock);

}  // namespace aditctl
