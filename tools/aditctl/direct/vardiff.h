#pragma once

#include <CLI/CLI.hpp>

namespace aditctl::direct {

/// Adds `vardiff` with its verbs: policy, set and explain.
void add_vardiff_command(CLI::App& app);

}  // namespace aditctl::direct
