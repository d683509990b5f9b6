#include "redis/cluster_nodes.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

namespace redis {
namespace {

void add(ClientStats& sum, const ClientStats& one) {
    sum.attempts += one.attempts;
    sum.connections += one.connections;
    sum.losses += one.losses;
    sum.timeouts += one.timeouts;
    sum.backoff = std::max(sum.backoff, one.backoff);
}

}  // namespace

ClusterNodes::ClusterNodes(boost::asio::io_context& io, ClientConfig config,
                           const base::Clock& clock, base::Random& random, OnChange on_change)
    : io_(io),
      config_(std::move(config)),
      clock_(clock),
      random_(random),
      on_change_(std::move(on_change)) {
    config_.cluster.clear();
    // What is pending is bounded by their owner, and each command may have two more around it.
    config_.pending_max *= 3;
}

ClusterNode& ClusterNodes::at(const Address& address) {
    const auto [place, is_new] = nodes_.try_emplace(to_string(address));
    auto& node = place->second;
    if (!is_new) return node;
    node.address = address;
    auto config = config_;
    config.address = address;
    node.client = std::make_unique<HiredisClient>(io_, std::move(config), clock_, random_);
    node.client->on_timings(timings_);
    node.client->on_change([this, &node](bool is_connected) { on_change_(node, is_connected); });
    return node;
}

bool ClusterNodes::is_connected(const Address& address) const {
    const auto node = nodes_.find(to_string(address));
    return node != nodes_.end() && node->second.client->is_connected();
}

void ClusterNodes::prune_soon(IsWanted is_wanted) {
    if (std::exchange(is_pruning_, true)) return;
    boost::asio::post(io_, [this, is_wanted = std::move(is_wanted), alive = std::weak_ptr{alive_}] {
        if (alive.expired()) return;
        is_pruning_ = false;
        prune(is_wanted);
    });
}

void ClusterNodes::prune(const IsWanted& is_wanted) {
    std::erase_if(nodes_, [&](const auto& named) {
        const auto& node = named.second;
        if (node.in_flight > 0 || is_wanted(node)) return false;
        add(retired_, node.client->stats());
        return true;
    });
}

void ClusterNodes::on_timings(ClientTimings timings) {
    timings_ = std::move(timings);
    for (auto& [name, node] : nodes_) node.client->on_timings(timings_);
}

ClientStats ClusterNodes::stats() const {
    auto stats = retired_;
    stats.backoff = {};
    for (const auto& [name, node] : nodes_) add(stats, node.client->stats());
    return stats;
}

}  // namespace redis
