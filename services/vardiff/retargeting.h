#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>

#include "base/clock.h"
#include "base/random.h"
#include "redis/process_client.h"
#include "service/chassis.h"
#include "vardiff/config.h"
#include "vardiff/partition.h"
#include "vardiff/policy_keeper.h"
#include "vardiff/proposal_hub.h"
#include "vardiff/rpc_service.h"

namespace vardiff {

/// The part of a replica that proposes targets: follows the partitions that are this replica's and
/// streams what their channels should be given. Has a connection to Redis of its own, so that large
/// pages of the log delay nothing else. Owned by main, on the chassis' loop.
class Retargeting {
  public:
    Retargeting(const Config& config, const base::Clock& clock, base::Random& random,
                service::Chassis& chassis);
    ~Retargeting();

    void start();
    /// Ends the streams and keeps what is known.
    void leave();

    grpc::Service& service() { return rpc_; }
    redis::ProcessClient& redis() { return *redis_; }

    /// The partition is this replica's now, or another's.
    void follow(std::uint32_t partition);
    void hand_over(std::uint32_t partition);
    void forget_dead(const std::set<mining::Epoch>& living);

  private:
    void publish(service::Registry& registry);
    void publish_spread(service::Registry& registry);

    const Config& config_;
    const base::Clock& clock_;
    service::Chassis& chassis_;
    std::unique_ptr<redis::ProcessClient> redis_;
    PolicyKeeper policies_;
    ProposalHub hub_;
    RpcService rpc_;
    std::map<std::uint32_t, std::unique_ptr<Partition>> partitions_{};
    Partition::Counters handed_over_{};
};

}  // namespace vardiff
