#pragma once

#include <CLI/CLI.hpp>

namespace aditctl::direct {

/// Adds `shares`, which prints what the share log adds up to.
void add_shares_command(CLI::App& app);

}  // namespace aditctl::direct
