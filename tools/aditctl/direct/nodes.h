#pragma once

#include <CLI/CLI.hpp>

namespace aditctl::direct {

/// Adds `nodes`, which prints what template services make of their bitcoin nodes.
void add_nodes_command(CLI::App& app);

}  // namespace aditctl::direct
