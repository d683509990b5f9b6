#pragma once

#include <memory>
#include <string>

#include "rpc/target_link.h"
#include "simulation/parts/rpc_stream.h"
#include "simulation/parts/template_replica.h"
#include "vardiff/retargeting.h"
#include "vardiff/upkeep.h"

namespace simulation {

/// Where a simulated vardiff replica listens.
class TargetServer final : public RpcServer {
  public:
    TargetServer(RpcDirectory& directory, std::string address, Host host, const Life& life,
                 vardiff::ProposalHub& hub)
        : RpcServer(directory, std::move(address), host, life), hub_(hub) {}
    ~TargetServer() override { close(); }
    vardiff::ProposalHub& hub() { return hub_; }

  private:
    vardiff::ProposalHub& hub_;
};

/// How a simulated gateway reaches vardiff: rpc::TargetClient dials by it.
rpc::DialTargets dial_targets(RpcDirectory& directory, Host host, const Life& life);

/// One incarnation of a vardiff replica: the service's parts. Destroyed, it is killed.
class VardiffReplica {
  public:
    struct Ports {
        RpcDirectory& directory;
        const base::Clock& clock;
        ConnectRedis connect_redis{};
    };

    VardiffReplica(World& world, const vardiff::Config& config, std::string address, Host host,
                   const Ports& ports);

    const Life& life() const { return life_; }
    const vardiff::Upkeep& upkeep() const { return upkeep_; }
    const vardiff::Retargeting& retargeting() const { return retargeting_; }

  private:
    Life life_;
    std::shared_ptr<int> guard_ = std::make_shared<int>(0);
    Chance chance_;
    service::Registry registry_{"vardiff", "simulated"};
    std::unique_ptr<redis::Client> log_redis_;
    std::unique_ptr<redis::Client> redis_;
    vardiff::Retargeting retargeting_;
    vardiff::Upkeep upkeep_;
    TargetServer server_;
};

}  // namespace simulation
