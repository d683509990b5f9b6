#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "base/clock.h"

namespace aditctl {

/// What an operator wrote of a time.
struct TimeOptions {
    std::string from{};
    std::string to{};
    std::string day{};
};

/// Adds --from, --to and --day.
void add_time_options(CLI::App& command, TimeOptions& options);

/// From `from` on, and before `to`.
struct TimeRange {
    base::UnixMicros from{};
    base::UnixMicros to{};
};

/// Days are UTC's. Errors: throws std::runtime_error, which says what would be understood.
TimeRange range_of(const TimeOptions& options, base::UnixMicros now);

}  // namespace aditctl
