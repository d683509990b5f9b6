#include "simulation/redis/redis_lines.h"

#include <algorithm>
#include <utility>

namespace simulation {

void RedisLines::to_node(const ConnectionPtr& connection, std::function<void()> arrive) {
    travel(connection->client, world_.after, connection->last_to_node,
           [connection, arrive = std::move(arrive)] {
               if (!connection->is_reset) arrive();
           });
}

void RedisLines::to_client(const ConnectionPtr& connection, std::function<void()> arrive) {
    travel(connection->client, connection->after_at_client, connection->last_to_client,
           std::move(arrive));
}

void RedisLines::travel(const std::string& client, const Schedule& after, base::SteadyTime& last,
                        std::function<void()> arrive) {
    const auto now = world_.now();
    last = std::max(last, now + latency_.draw(world_));
    const auto wait = std::chrono::ceil<std::chrono::microseconds>(last - now);
    after(wait, [this, client, after, arrive = std::move(arrive),
                 alive = std::weak_ptr{alive_}]() mutable {
        if (alive.expired()) return;
        const auto held = held_.find(client);
        if (held == held_.end()) return arrive();
        held->second.push_back([after = std::move(after), arrive = std::move(arrive)]() mutable {
            after(std::chrono::microseconds{0}, std::move(arrive));
        });
    });
}

void RedisLines::heal_all() {
    while (!held_.empty()) heal(std::string{held_.begin()->first});
}

void RedisLines::heal(const std::string& client) {
    auto held = held_.extract(client);
    if (held.empty()) return;
    for (auto& send : held.mapped()) send();
}

}  // namespace simulation
