#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "redis/client.h"
#include "simulation/life.h"
#include "simulation/parts/node_source.h"
#include "simulation/parts/simulated_disk.h"
#include "simulation/parts/template_rpc.h"
#include "template/block_stream.h"
#include "template/block_watch.h"
#include "template/leader_lease.h"
#include "template/node_watch.h"
#include "template/peers.h"

namespace simulation {

/// How a process reaches the simulated Redis; its events come by the scheduler.
using ConnectRedis = std::function<std::unique_ptr<redis::Client>(Life::Scheduler)>;

/// Life::scheduler(), also for who may still call it when that life is over: `guard` has the same
/// owner.
inline Life::Scheduler guarded(const Life& life, const std::shared_ptr<int>& guard) {
    return [&life, alive = std::weak_ptr{guard}](std::chrono::microseconds wait,
                                                 std::function<void()> event) {
        if (!alive.expired()) life.after(wait, std::move(event));
    };
}

/// What of a template replica outlives its process: the machine and the disk.
struct TemplateMachine {
    TemplateMachine(World& world, Network& network, std::string address);

    std::string address;
    Host host;
    ProcessClock clock;
    SimulatedDisk disk;
    std::uint64_t starts = 0;
};

/// One incarnation of a template replica: the service's parts, put together as its main does.
/// Destroyed, it is killed.
class TemplateReplica {
  public:
    struct Ports {
        RpcDirectory& directory;
        Nodes& nodes;
        ConnectRedis connect_redis{};
        ledger::Durability durability{};
        /// The addresses of the others.
        std::vector<std::string> peers{};
        /// A template that it hands out now.
        std::function<void(const templates::HeldTemplate&)> on_current = [](const auto&) {};
    };

    TemplateReplica(TemplateMachine& machine, Ports ports);
    ~TemplateReplica();

    const Life& life() const { return life_; }
    const templates::TemplateStore& store() const { return store_; }
    const templates::Solutions& solutions() const { return spool_.solutions(); }
    bool is_leading() const { return lease_.standing().is_leading; }

  private:
    templates::Nodes connect_nodes();
    void start();
    templates::NodeWatch::Callbacks from_nodes();

    TemplateMachine& machine_;
    Ports ports_;
    Life life_;
    std::shared_ptr<int> guard_ = std::make_shared<int>(0);
    Chance chance_;
    boost::asio::io_context& loop_;
    service::Registry registry_{"template", "simulated"};
    templates::Metrics metrics_ = templates::make_metrics(registry_);
    templates::Nodes nodes_;
    templates::NodeWatch watch_;
    std::unique_ptr<redis::Client> redis_;
    templates::LeaderLease lease_;
    templates::TemplateStore store_{};
    templates::StreamHub hub_;
    SimulatedBackground compressor_;
    SimulatedTemplates template_files_;
    SimulatedBackground template_writer_;
    templates::TemplateDisk template_disk_;
    templates::Archive archive_;
    templates::Feed feed_;
    templates::Peers peers_;
    templates::BlockStream block_stream_;
    SimulatedSpool files_;
    SimulatedBackground disk_;
    service::Stage stage_{"block", std::chrono::seconds{10}};
    templates::Spool spool_;
    templates::BlockWatch block_watch_;
    templates::TemplateDesk desk_;
    TemplateServer server_;
};

}  // namespace simulation
