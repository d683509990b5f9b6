#pragma once

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>

#include "base/clock.h"
#include "redis/client.h"
#include "service/metrics.h"
#include "vardiff/config.h"
#include "vardiff/partition.h"
#include "vardiff/policy_keeper.h"
#include "vardiff/proposal_hub.h"

namespace vardiff {

using Partitions = std::map<std::uint32_t, std::unique_ptr<Partition>>;

/// The part of a replica that proposes targets: follows the partitions that are this replica's and
/// streams what their channels should be given. Has a connection to Redis of its own, so that large
/// pages of the log delay nothing else. Of the loop; what it is given outlives it.
class Retargeting {
  public:
    struct Ports {
        boost::asio::io_context& loop;
        const base::Clock& clock;
        redis::Client& redis;
        service::Registry& metrics;
        /// For the watchdog.
        std::function<void(std::uint32_t partition)> on_follow = [](auto) {};
        std::function<void(std::size_t count)> on_proposed = [](auto) {};
    };

    Retargeting(const Config& config, Ports ports);
    ~Retargeting();

    void start();
    /// Ends the streams and keeps what is known.
    void leave();

    ProposalHub& hub() { return hub_; }
    PolicyKeeper& policies() { return policies_; }
    const Partitions& partitions() const { return partitions_; }
    /// Null where no partition of this replica has the channel.
    const ChannelTrack* find(mining::ChannelKey key) const;

    /// The partition is this replica's now, or another's.
    void follow(std::uint32_t partition);
    void hand_over(std::uint32_t partition);
    void forget_dead(const std::set<mining::Epoch>& living);

  private:
    void publish(service::Registry& registry);
    void publish_spread(service::Registry& registry);

    const Config& config_;
    Ports ports_;
    PolicyKeeper policies_;
    ProposalHub hub_;
    Partitions partitions_{};
    Partition::Counters handed_over_{};
};

}  // namespace vardiff
