#pragma once

#include <CLI/CLI.hpp>

namespace aditctl::direct {

/// Adds `blocks`, which prints the stream of what happened to solved blocks.
void add_blocks_command(CLI::App& app);

}  // namespace aditctl::direct
