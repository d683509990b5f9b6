#include "simulation/pool/pool.h"

#include <fmt/format.h>

#include <utility>

#include "simulation/pool/scale.h"

namespace simulation {
namespace {

using namespace std::chrono_literals;

// How soon a supervisor sees that a process has ended by itself.
constexpr auto fenced_after = 200ms;

}  // namespace

Pool::Pool(World& world, const PoolSize& size)
    : world_(world),
      chance_(world.fork("pool")),
      redis_chance_(world.fork("redis")),
      network_(world),
      tcp_(network_, scale::tcp_window),
      bus_(network_),
      durability_{.replicas = chance_.happens(0.5) ? 1U : 0U},
      redis_(redis_environment(), {}),
      templates_(network_, redis_, durability_),
      disturbances_(world) {
    for (std::size_t i = 0; i < size.gateways; ++i) {
        auto& slot = gateways_.emplace_back();
        slot.host = network_.host(fmt::format("gateway-{}", i));
        slot.clock = std::make_unique<ProcessClock>(world_);
        gateway_hosts_.push_back(slot.host);
    }
    for (std::size_t i = 0; i < size.workers; ++i) {
        auto& slot = workers_.emplace_back();
        slot.host = network_.host(fmt::format("worker-{}", i));
        slot.clock = std::make_unique<ProcessClock>(world_);
    }
    start_all();
    for (std::size_t i = 0; i < size.miners; ++i)
        miners_.push_back(std::make_unique<MinerProcess>(network_, tcp_, fmt::format("miner-{}", i),
                                                         some_kind(i), gateway_hosts_));
    replace_fenced();
}

Pool::~Pool() = default;

RedisEnvironment Pool::redis_environment() {
    return {.now = [this] { return world_.now(); },
            .calendar_us = [this] { return world_.clock().unix_now().time_since_epoch().count(); },
            .after = [this](std::chrono::microseconds wait,
                            std::function<void()> event) { world_.after(wait, std::move(event)); },
            .random = redis_chance_};
}

Surroundings Pool::surroundings() {
    return {.world = world_,
            .network = network_,
            .tcp = tcp_,
            .bus = bus_,
            .templates = templates_,
            .redis = redis_,
            .durability = durability_,
            .gateway_metrics = gateway_metrics_};
}

MinerKind Pool::some_kind(std::size_t index) {
    MinerKind kind;
    kind.standard = static_cast<std::size_t>(chance_.below(3));
    kind.extended = static_cast<std::size_t>(chance_.below(3));
    if (kind.standard + kind.extended == 0) kind.standard = 1;
    // Header-only miners have no extended channels.
    if (kind.standard != 0 && chance_.happens(0.3)) {
        kind.requires_standard_jobs = true;
        kind.extended = 0;
    }
    kind.hashes = some_hashes(chance_);
    kind.shares_per_second = 0.3 + 2 * chance_.fraction();
    if (index < 2) kind.shares_per_second = 12;
    if (chance_.happens(0.3)) kind.duplicates = 0.2;
    if (chance_.happens(0.3)) kind.stale = 0.1;
    if (chance_.happens(0.3)) kind.invalid = 0.1;
    if (chance_.happens(0.05)) kind.nonsense = 0.02;
    if (index >= 2 && chance_.happens(0.25)) {
        kind.reader = chance_.happens(0.5) ? MinerKind::Reader::slow : MinerKind::Reader::never;
    }
    return kind;
}

void Pool::start(GatewaySlot& slot) {
    world_.trace("{}: starts", name(slot.host));
    ++slot.starts;
    slot.process =
        std::make_unique<GatewayProcess>(surroundings(), slot.host, *slot.clock, slot.starts);
}

void Pool::start(WorkerSlot& slot) {
    world_.trace("{}: starts", name(slot.host));
    ++slot.starts;
    slot.process = std::make_unique<WorkerProcess>(surroundings(), slot.host, *slot.clock,
                                                   gateway_hosts_, worker_metrics_, slot.starts);
}

template <class Process>
void Pool::kill_slot(Slot<Process>& slot, std::chrono::microseconds pause) {
    if (!slot.process) return;
    world_.trace("{}: killed", name(slot.host));
    slot.process.reset();
    world_.after(pause, [this, &slot, starts = slot.starts] {
        if (!slot.process && slot.starts == starts) start(slot);
    });
}

void Pool::kill(GatewaySlot& slot, std::chrono::microseconds pause) {
    if (slot.process && slot.process->has_joined() && !slot.process->dispatcher().is_idle())
        died_with_work_.insert(slot.process->epoch());
    kill_slot(slot, pause);
}

void Pool::kill(WorkerSlot& slot, std::chrono::microseconds pause) {
    kill_slot(slot, pause);
}

void Pool::start_all() {
    for (auto& slot : gateways_)
        if (!slot.process) start(slot);
    for (auto& slot : workers_)
        if (!slot.process) start(slot);
}

void Pool::replace_fenced() {
    for (auto& slot : gateways_)
        if (slot.process && slot.process->is_fenced()) kill(slot, fenced_after);
    world_.after(fenced_after, [this] { replace_fenced(); });
}

}  // namespace simulation
