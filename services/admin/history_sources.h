#pragma once

#include "admin/api_parts.h"
#include "admin/console_api.h"
#include "admin/log_projection.h"

namespace admin {

/// What the projection of the share log remembers, as the API and as the console ask for it. The
/// projection outlives both.
Histories histories_for_api(const LogProjection& projection);
HistorySource histories_for_console(const LogProjection& projection);

}  // namespace admin
