#pragma once

#include <CLI/CLI.hpp>

#include "aditctl/global_options.h"
#include "base/clock.h"

namespace aditctl {

/// `aditctl shares tail` and `aditctl shares export`.
void add_shares_command(CLI::App& app, const GlobalOptions& global, const base::Clock& clock);

}  // namespace aditctl
