#pragma once

#include <CLI/CLI.hpp>

namespace aditctl::direct {

/// Adds `log` with its verbs: readers, register, unregister, print and ack.
void add_log_command(CLI::App& app);

}  // namespace aditctl::direct
