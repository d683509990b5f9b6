#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "auditor/audit.h"
#include "redis_session/redis_session.h"

namespace auditor {

/// Gives the share log of all partitions to the audit, and to `on_progress` now and then how many
/// records that were. Waits for Redis, as a tool may. Throws std::runtime_error when Redis is away,
/// holds no pool, or a record cannot be read. A log that was trimmed at its beginning is returned
/// as a warning, for what was in it cannot be checked.
std::vector<std::string> read_ledger(const redis_session::Options& redis, Audit& audit,
                                     const std::function<void(std::size_t)>& on_progress);

}  // namespace auditor
