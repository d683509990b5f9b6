#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "simulation/parts/nodes.h"
#include "simulation/parts/template_laws.h"
#include "simulation/parts/template_replica.h"

namespace simulation {

/// As the process of that name.
using ConnectRedisAs =
    std::function<std::unique_ptr<redis::Client>(const std::string& name, Life::Scheduler)>;

/// Nodes of every kind, two template replicas on them, and what fails of these: processes, disks,
/// clocks. Whoever simulates a pool asks for a fault now and then, and heals.
class TemplatePool {
  public:
    struct Settings {
        Nodes::Settings nodes{};
        ledger::Durability durability{};
    };

    TemplatePool(World& world, Network& network, RpcDirectory& directory,
                 ConnectRedisAs connect_redis, Settings settings);
    ~TemplatePool();

    /// Where clients find the replicas.
    std::vector<std::string> addresses() const;
    Nodes& nodes() { return nodes_; }
    const Nodes& nodes() const { return nodes_; }
    TemplateLaws& laws() { return laws_; }
    const TemplateLaws& laws() const { return laws_; }

    /// One of these, by chance.
    void fail();
    void kill(std::size_t replica, bool loses_power);
    void start(std::size_t replica);
    /// Null while it is dead.
    const TemplateReplica* replica(std::size_t replica) const {
        return places_.at(replica)->process.get();
    }
    std::size_t size() const { return places_.size(); }
    /// What it hands out.
    const TemplateLaws::Current& current(std::size_t replica) const {
        return *places_.at(replica)->current;
    }
    /// It can build blocks of this template: now, or when it is started again.
    bool can_build(std::size_t replica, mining::TemplateRef ref) const;
    base::SteadyTime started_at(std::size_t replica) const {
        return places_.at(replica)->started_at;
    }

    base::SteadyTime last_kill() const { return last_kill_; }

    /// Everything that failed is repaired, and others find no more blocks.
    void heal();
    /// So long after it, every replica and client is on the chain's end.
    static constexpr std::chrono::seconds healed_after{12};
    void check_healed();

  private:
    struct Place {
        Place(World& world, Network& network, TemplateLaws& laws, std::string address);
        TemplateMachine machine;
        TemplateLaws& laws;
        std::unique_ptr<TemplateLaws::Current> current{};  // of the process' life
        std::unique_ptr<TemplateReplica> process{};
        base::SteadyTime started_at{};
    };
    void fail_node();
    void fail_disk();
    std::chrono::microseconds span(std::chrono::milliseconds max);

    World& world_;
    RpcDirectory& directory_;
    ConnectRedisAs connect_redis_;
    Settings settings_;
    Chance chance_;
    Nodes nodes_;
    TemplateLaws laws_;
    std::vector<std::unique_ptr<Place>> places_{};
    base::SteadyTime last_kill_{};
};

}  // namespace simulation
