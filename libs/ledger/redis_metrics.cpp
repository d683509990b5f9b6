#include "ledger/redis_metrics.h"

#include <algorithm>
#include <chrono>

#include "service/queue_gauges.h"

namespace ledger {
namespace {

const std::vector<double> bounds{0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                 0.05,    0.1,    0.25,  0.5,    1,     2.5};

void publish_timings(service::Registry& registry,
                     const std::vector<redis::ProcessClient*>& clients) {
    auto& commands = registry.histogram("adit_redis_command_seconds",
                                        "From giving Redis a command to its answer.", bounds);
    auto& waits = registry.histogram(
        "adit_redis_wait_seconds",
        "How long replicas took beyond the primary's answer (WAIT), or until they were given up.",
        bounds);
    const auto into = [](service::Histogram& histogram) {
        return [&histogram](std::chrono::nanoseconds took) {
            histogram.observe(std::chrono::duration<double>(took).count());
        };
    };
    for (auto* client : clients)
        client->on_timings({.command = into(commands), .wait = into(waits)});
}

}  // namespace

void publish_redis(service::Registry& registry, redis::ProcessClient& client) {
    publish_redis(registry, std::vector<redis::ProcessClient*>{&client});
}

void publish_redis(service::Registry& registry, const std::vector<redis::ProcessClient*>& clients) {
    publish_timings(registry, clients);
    auto& connected = registry.gauge("adit_redis_connected", "1 while Redis can be asked.");
    auto& pending =
        registry.gauge("adit_redis_commands_pending", "Commands given to Redis and not answered.");
    auto& oldest = registry.gauge("adit_redis_oldest_command_seconds",
                                  "Age of the oldest command that is not answered.");
    auto& losses = registry.counter("adit_redis_connection_losses_total",
                                    "Connections to Redis that were lost.");
    registry.on_collect([&, clients, queue = service::QueueGauges{registry, "redis"}]() mutable {
        bool are_connected = true;
        std::size_t commands = 0;
        std::size_t most = 0;
        std::chrono::microseconds age{};
        std::uint64_t lost = 0;
        for (const auto* client : clients) {
            const auto stats = client->stats();
            are_connected = are_connected && client->is_connected();
            commands += stats.pending;
            most = std::max(most, stats.pending);
            age = std::max(age, stats.oldest_age);
            lost += stats.losses;
        }
        connected.set(are_connected ? 1 : 0);
        pending.set(static_cast<double>(commands));
        oldest.set(std::chrono::duration<double>(age).count());
        losses.follow(lost);
        queue.set(most, clients.front()->pending_max(), std::chrono::nanoseconds{age});
    });
}

}  // namespace ledger
