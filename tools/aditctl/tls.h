#pragma once

#include <CLI/CLI.hpp>

#include "base/clock.h"

namespace aditctl {

/// Adds `tls new`, which makes the certificates of the admin API.
void add_tls_command(CLI::App& app, const base::Clock& clock);

}  // namespace aditctl
