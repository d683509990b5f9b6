#pragma once

#include <vector>

#include "redis/process_client.h"
#include "service/metrics.h"

namespace ledger {

/// Registers what there is to say of a process's connection to Redis; the client lives as long as
/// the registry.
void publish_redis(service::Registry& registry, redis::ProcessClient& client);
/// The same of several connections, as one.
void publish_redis(service::Registry& registry, const std::vector<redis::ProcessClient*>& clients);

}  // namespace ledger
