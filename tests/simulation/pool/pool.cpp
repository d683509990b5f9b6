#include "simulation/pool/pool.h"

#include <fmt/format.h>

#include <utility>

#include "bitcoin/target.h"
#include "simulation/pool/scale.h"

namespace simulation {
namespace {

using namespace std::chrono_literals;

// How soon a supervisor sees that a process has ended by itself.
constexpr auto fenced_after = 200ms;

// The shortest that its file may ask for; what it keeps is read again often in so short a life.
vardiff::Config vardiff_config(const ledger::Durability& durability) {
    vardiff::Config config;
    config.ledger.durability = durability;
    config.ledger.partitions = scale::partitions;
    config.keep_every = 4s;
    config.reap_after = 20s;
    auto& policies = config.policies.emplace();
    policies.common = {.shares_per_minute = scale::shares_a_minute, .false_change_every = 10min};
    policies.bounds = {
        .hardest = *bitcoin::target_for_hash_rate(scale::hashes_a_share_hardest, 60),
        .easiest = *bitcoin::target_for_hash_rate(scale::hashes_a_share_easiest, 60)};
    return config;
}

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
      directory_(network_),
      templates_(network_, directory_, redis_, durability_),
      disturbances_(world),
      vardiff_config_(vardiff_config(durability_)) {
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
    for (std::size_t i = 0; i < size.vardiffs; ++i) {
        auto& slot = vardiffs_.emplace_back();
        vardiff_addresses_.push_back(fmt::format("vardiff-{}", i));
        slot.host = network_.host(vardiff_addresses_.back());
        slot.clock = std::make_unique<ProcessClock>(world_);
    }
    start_all();
    for (std::size_t i = 0; i < size.miners; ++i)
        miners_.push_back(std::make_unique<MinerProcess>(network_, tcp_, fmt::format("miner-{}", i),
                                                         some_kind(i), gateway_hosts_));
    translators_.emplace(network_, tcp_, gateway_hosts_);
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
            .directory = directory_,
            .vardiffs = vardiff_addresses_,
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

void Pool::start(VardiffSlot& slot) {
    world_.trace("{}: starts", name(slot.host));
    ++slot.starts;
    slot.process = std::make_unique<VardiffReplica>(
        world_, vardiff_config_, name(slot.host), slot.host,
        VardiffReplica::Ports{directory_, *slot.clock,
                              [this, of = name(slot.host)](Life::Scheduler scheduler) {
                                  return redis_.connect(of, std::move(scheduler));
                              }});
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

void Pool::kill(VardiffSlot& slot, std::chrono::microseconds pause) {
    kill_slot(slot, pause);
}

void Pool::start_all() {
    for (auto& slot : vardiffs_)
        if (!slot.process) start(slot);
    for (auto& slot : gateways_)
        if (!slot.process) start(slot);
    for (auto& slot : workers_)
        if (!slot.process) start(slot);
    if (translators_) translators_->start_all();
}

void Pool::replace_fenced() {
    for (auto& slot : gateways_)
        if (slot.process && slot.process->is_fenced()) kill(slot, fenced_after);
    world_.after(fenced_after, [this] { replace_fenced(); });
}

}  // namespace simulation
