#pragma once

#include <CLI/CLI.hpp>

#include "aditctl/global_options.h"

namespace aditctl {

/// Adds `top`, the live screen.
void add_top_command(CLI::App& app, const GlobalOptions& options);

}  // namespace aditctl
