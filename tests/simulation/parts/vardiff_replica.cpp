#include "simulation/parts/vardiff_replica.h"

#include <fmt/format.h>

#include <utility>

namespace simulation {
namespace {

namespace proto = adit::vardiff::v1;

class SimulatedTargetLink final : public rpc::TargetLink {
  public:
    SimulatedTargetLink(RpcDirectory& directory, const std::string& address, Host host,
                        const Life& life)
        : dialer_(directory, address, host, life) {}

    std::unique_ptr<Watch> watch(const proto::WatchTargetsRequest& request,
                                 Watch::Handlers handlers) override {
        // The connection is to this very incarnation, so what it carries never meets another one.
        auto* const server = static_cast<TargetServer*>(dialer_.server());
        return RpcStream<proto::WatchTargetsResponse>::call(
            dialer_, std::move(handlers),
            [server, epoch = mining::Epoch{request.gateway_epoch()}](const auto& stream) {
                server->hub().subscribe(stream, epoch);
            });
    }

  private:
    RpcDialer dialer_;
};

}  // namespace

rpc::DialTargets dial_targets(RpcDirectory& directory, Host host, const Life& life) {
    return [&directory, host, &life](const std::string& address) {
        return std::make_unique<SimulatedTargetLink>(directory, address, host, life);
    };
}

VardiffReplica::VardiffReplica(World& world, const vardiff::Config& config, std::string address,
                               Host host, const Ports& ports)
    : life_(world),
      chance_(world.fork(fmt::format("{} at {}", address, world.age().count()))),
      log_redis_(ports.connect_redis(guarded(life_, guard_))),
      redis_(ports.connect_redis(guarded(life_, guard_))),
      retargeting_(
          config,
          {.loop = world.loop(), .clock = ports.clock, .redis = *log_redis_, .metrics = registry_}),
      upkeep_(config, {.loop = world.loop(),
                       .clock = ports.clock,
                       .random = chance_,
                       .redis = *redis_,
                       .metrics = registry_,
                       .retargeting = retargeting_}),
      server_(ports.directory, std::move(address), host, life_, retargeting_.hub()) {
    retargeting_.start();
    upkeep_.start();
}

}  // namespace simulation
