#pragma once

#include <string>

#include "redis/process_client.h"
#include "service/problems.h"

namespace ledger {

/// Raises "redis-away" while Redis cannot be reached or does not answer. `consequence` is what
/// stands still meanwhile, as the end of a sentence. The client lives as long as the problems.
void watch_redis(service::Problems& problems, const redis::ProcessClient& client,
                 const redis::ClientConfig& config, service::Problems::Severity severity,
                 std::string consequence);

}  // namespace ledger
