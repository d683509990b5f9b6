#pragma once

#include "redis/hiredis_client.h"
#include "service/metrics.h"

namespace ledger {

/// Registers the gauges of a process's Redis client, looked up when somebody asks; the client lives
/// as long as the registry.
void publish_redis(service::Registry& registry, const redis::HiredisClient& client);

}  // namespace ledger
