#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "channel-manager/metrics.h"
#include "service/metrics.h"
#include "simulation/parts/vardiff_replica.h"
#include "simulation/pool/bus_net.h"
#include "simulation/pool/disturbances.h"
#include "simulation/pool/gateway_process.h"
#include "simulation/pool/miner_process.h"
#include "simulation/pool/template_source.h"
#include "simulation/pool/translators.h"
#include "simulation/pool/worker_process.h"
#include "simulation/redis/simulated_redis.h"

namespace simulation {

/// How large the simulated pool is.
struct PoolSize {
    std::size_t gateways = 2;
    std::size_t workers = 3;
    std::size_t vardiffs = 2;
    std::size_t miners = 18;
};

/// All processes of a simulated pool and what lies between them. Kills and starts them; what goes
/// wrong, and when, is for others to say.
class Pool {
  public:
    explicit Pool(World& world, const PoolSize& size = {});
    ~Pool();

    template <class Process>
    struct Slot {
        Host host{};
        std::unique_ptr<ProcessClock> clock{};
        std::unique_ptr<Process> process{};  ///< null while it is dead
        std::uint64_t starts{};
    };
    using GatewaySlot = Slot<GatewayProcess>;
    using WorkerSlot = Slot<WorkerProcess>;
    using VardiffSlot = Slot<VardiffReplica>;

    World& world() { return world_; }
    Network& network() { return network_; }
    BusNet& bus() { return bus_; }
    SimulatedRedis& redis() { return redis_; }
    /// Whether each acknowledged share is on a replica of Redis, too.
    const ledger::Durability& durability() const { return durability_; }
    TemplateSource& templates() { return templates_; }
    Disturbances& disturbances() { return disturbances_; }
    std::vector<GatewaySlot>& gateways() { return gateways_; }
    std::vector<WorkerSlot>& workers() { return workers_; }
    std::vector<VardiffSlot>& vardiffs() { return vardiffs_; }
    std::vector<std::unique_ptr<MinerProcess>>& miners() { return miners_; }
    Translators& translators() { return *translators_; }
    const std::string& name(Host host) const { return network_.name(host); }

    /// It dies now, and is started again after `pause`. Nothing if it is dead already.
    void kill(GatewaySlot& slot, std::chrono::microseconds pause);
    void kill(WorkerSlot& slot, std::chrono::microseconds pause);
    void kill(VardiffSlot& slot, std::chrono::microseconds pause);
    /// Whoever is dead is started.
    void start_all();
    /// The gateway of this epoch died with batches that nobody had answered: who else had one may
    /// have died, too, before a template replica could be reached.
    bool died_with_work(mining::Epoch epoch) const { return died_with_work_.contains(epoch); }

  private:
    RedisEnvironment redis_environment();
    Surroundings surroundings();
    void start(GatewaySlot& slot);
    void start(WorkerSlot& slot);
    void start(VardiffSlot& slot);
    template <class Process>
    void kill_slot(Slot<Process>& slot, std::chrono::microseconds pause);
    void replace_fenced();
    MinerKind some_kind(std::size_t index);

    World& world_;
    Chance chance_;
    Chance redis_chance_;
    Network network_;
    Tcp tcp_;
    BusNet bus_;
    ledger::Durability durability_;
    SimulatedRedis redis_;
    RpcDirectory directory_;
    TemplateSource templates_;
    Disturbances disturbances_;
    service::Registry registry_{"simulation", "0"};
    gateway::Metrics gateway_metrics_{registry_};
    channel_manager::Metrics worker_metrics_{registry_};
    std::vector<Host> gateway_hosts_{};
    std::vector<GatewaySlot> gateways_{};
    std::vector<WorkerSlot> workers_{};
    vardiff::Config vardiff_config_;
    std::vector<std::string> vardiff_addresses_{};
    std::vector<VardiffSlot> vardiffs_{};
    std::set<mining::Epoch> died_with_work_{};
    std::vector<std::unique_ptr<MinerProcess>> miners_{};
    std::optional<Translators> translators_{};
};

}  // namespace simulation
