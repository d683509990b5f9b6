#pragma once

#include <optional>
#include <string>

#include "redis_session/redis_session.h"

namespace aditctl::direct {

struct PrintOptions {
    /// Goes on after what this reader has acknowledged, and acknowledges what it has printed.
    std::string reader{};
    /// One partition alone.
    std::optional<std::uint32_t> partition{};
    /// Waits for more at the end.
    bool follows = false;
};

/// Prints each share of the log as a line of JSON, with all that an auditor needs. Errors: throws
/// std::runtime_error; what was printed and not acknowledged comes again.
void print_log(redis_session::Session& session, const PrintOptions& options);

}  // namespace aditctl::direct
