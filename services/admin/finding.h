#pragma once

#include <adit/admin/v1/pool.pb.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace admin {

using Severity = adit::admin::v1::Problem::Severity;

/// What a rule sees wrong at one look. Only what is seen again at the next looks becomes a problem,
/// and only what is not seen for a while ceases to be one.
struct Finding {
    /// Stable and unique: "gateway-1:slow-reader:17".
    std::string id{};
    /// Stable, and the anchor of a paragraph in docs/problems.md.
    std::string kind{};
    Severity severity = adit::admin::v1::Problem::SEVERITY_WARNING;
    /// What is stuck or wrong, where, since when, what to do. It is to be the same at each look for
    /// as long as nothing has changed: moments rather than durations.
    std::string text{};
    std::string service{};
    /// "gateway", "redis": of the service; for what follows from what.
    std::string service_kind{};
    std::string subject{};
    /// When the rule knows better than the first look.
    std::optional<base::UnixMicros> since{};
    std::chrono::milliseconds raise_after{0};
    std::chrono::milliseconds clear_after{1'000};
};

using Findings = std::vector<Finding>;

/// Tells causes from what follows from them: of that the severity is one lower, and the text names
/// the cause. Pure.
void mark_consequences(Findings& findings);

}  // namespace admin
