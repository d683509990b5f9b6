#include "simulation/pool/redis_faults.h"

#include <utility>

#include "simulation/pool/fault_rate.h"

namespace simulation {
namespace {

using namespace std::chrono_literals;

constexpr double looks_a_second = 10;
constexpr Spread slow_fsync{20ms, 400ms};

}  // namespace

RedisFaults::RedisFaults(Pool& pool) : pool_(pool), chance_(pool.world().fork("redis faults")) {
    const auto rate = [this](double usual) { return fault_rate(chance_, 0.5, usual); };
    rates_ = {.killed = rate(0.02),
              .frozen = rate(0.02),
              .failed_over = rate(0.02),
              .replica_cut = rate(0.02),
              .full = rate(0.02),
              .slow_disk = rate(0.02),
              .client_cut = rate(0.04)};
    for (const auto& slot : pool.gateways()) clients_.push_back(pool.name(slot.host));
    for (const auto& slot : pool.workers()) clients_.push_back(pool.name(slot.host));
    for (const auto& slot : pool.vardiffs()) clients_.push_back(pool.name(slot.host));
    for (const auto& address : pool.templates().parts().addresses()) clients_.push_back(address);
}

bool RedisFaults::happens(double a_second) {
    return chance_.happens(a_second / looks_a_second);
}

std::chrono::milliseconds RedisFaults::span(std::uint64_t least_ms, std::uint64_t most_ms) {
    return std::chrono::milliseconds{chance_.between(least_ms, most_ms)};
}

std::size_t RedisFaults::some_node() {
    return static_cast<std::size_t>(chance_.below(pool_.redis().nodes()));
}

void RedisFaults::fail_over() {
    // Without WAIT an acknowledged share may be on the primary alone.
    if (pool_.durability().replicas == 0) return;
    auto& redis = pool_.redis();
    const auto old = redis.primary();
    if (chance_.happens(0.5)) {
        redis.kill(old);
        pool_.world().after(span(500, 8'000), [&redis, old] { redis.start(old); });
    }
    pool_.world().after(span(0, 3'000), [this, &redis] {
        pool_.world().trace("redis: failover, {}", redis.fail_over() ? "done" : "nobody can");
    });
}

void RedisFaults::look() {
    auto& redis = pool_.redis();
    auto& world = pool_.world();
    if (happens(rates_.killed)) {
        const auto node = some_node();
        const auto pause = span(100, 5'000);
        world.trace("redis {}: killed for {} ms", node, pause.count());
        redis.kill(node);
        world.after(pause, [&redis, node] { redis.start(node); });
    }
    if (happens(rates_.frozen)) {
        const auto node = some_node();
        const auto pause = span(100, 8'000);
        world.trace("redis {}: frozen for {} ms", node, pause.count());
        redis.freeze(node);
        world.after(pause, [&redis, node] { redis.thaw(node); });
    }
    if (happens(rates_.failed_over)) fail_over();
    if (happens(rates_.replica_cut)) {
        const auto node = some_node();
        world.trace("redis {}: gets nothing", node);
        redis.cut_replica(node);
        world.after(span(100, 8'000), [&redis, node] { redis.heal_replica(node); });
    }
    if (happens(rates_.full)) {
        world.trace("redis: full");
        redis.set_full(true);
        world.after(span(500, 6'000), [&redis] { redis.set_full(false); });
    }
    if (happens(rates_.slow_disk)) {
        world.trace("redis: its disk is slow");
        redis.set_fsync(slow_fsync);
        world.after(span(500, 6'000), [&redis] { redis.set_fsync(RedisTimes{}.fsync); });
    }
    if (happens(rates_.client_cut)) {
        const auto& client = clients_[static_cast<std::size_t>(chance_.below(clients_.size()))];
        world.trace("{}: does not reach redis", client);
        redis.cut_client(client);
        world.after(span(200, 8'000), [&redis, client] { redis.heal_client(client); });
    }
}

}  // namespace simulation
