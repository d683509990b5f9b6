#include "ledger/redis_metrics.h"

namespace ledger {

void publish_redis(service::Registry& registry, const redis::HiredisClient& client) {
    auto& connected = registry.gauge("adit_redis_connected", "1 while Redis can be asked.");
    auto& pending =
        registry.gauge("adit_redis_commands_pending", "Commands given to Redis and not answered.");
    auto& oldest = registry.gauge("adit_redis_oldest_command_seconds",
                                  "Age of the oldest command that is not answered.");
    auto& losses =
        registry.gauge("adit_redis_connection_losses", "Connections lost since the start.");
    registry.on_collect([&client, &connected, &pending, &oldest, &losses] {
        const auto stats = client.stats();
        connected.set(client.is_connected() ? 1 : 0);
        pending.set(static_cast<double>(stats.pending));
        oldest.set(std::chrono::duration<double>(stats.oldest_age).count());
        losses.set(static_cast<double>(stats.losses));
    });
}

}  // namespace ledger
