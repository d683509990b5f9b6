#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "redis/hiredis_client.h"

namespace redis {

/// A primary of a cluster, or a node that a slot is on its way to.
struct ClusterNode {
    Address address{};
    std::unique_ptr<HiredisClient> client{};
    /// Requests that it has not answered.
    std::size_t in_flight = 0;
};

/// The nodes that a cluster's client is connected to, each dialled when it is first asked for.
/// Lives on its owner's loop; a node stays where it is until it is let go.
class ClusterNodes {
  public:
    using OnChange = std::function<void(const ClusterNode&, bool is_connected)>;
    using IsWanted = std::function<bool(const ClusterNode&)>;

    ClusterNodes(boost::asio::io_context& io, ClientConfig config, const base::Clock& clock,
                 base::Random& random, OnChange on_change);

    ClusterNode& at(const Address& address);
    /// False also for one that was never asked for.
    bool is_connected(const Address& address) const;

    /// Lets go of those that are wanted no more, and have nothing to answer: not now, because one
    /// of them may be calling.
    void prune_soon(IsWanted is_wanted);

    void on_timings(ClientTimings timings);
    /// Of all, also of those that are gone; without what is pending.
    ClientStats stats() const;

  private:
    void prune(const IsWanted& is_wanted);

    boost::asio::io_context& io_;
    ClientConfig config_;
    const base::Clock& clock_;
    base::Random& random_;
    OnChange on_change_;
    std::map<std::string, ClusterNode> nodes_{};
    ClientTimings timings_{};
    ClientStats retired_{};
    bool is_pruning_ = false;
    /// Gone when we are.
    std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace redis
