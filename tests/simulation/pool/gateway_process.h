#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/deadlines.h"
#include "gateway/membership.h"
#include "gateway/metrics.h"
#include "gateway/switchboard.h"
#include "gateway/waiting_room.h"
#include "gateway/work_book.h"
#include "ledger/ban_follower.h"
#include "ledger/durability.h"
#include "rpc/target_client.h"
#include "simulation/pool/bus_net.h"
#include "simulation/pool/gateway_connection.h"
#include "simulation/pool/template_source.h"
#include "simulation/process_clock.h"
#include "simulation/redis/simulated_redis.h"
#include "simulation/tcp.h"

namespace simulation {

/// What processes find in the world. All of it outlives them.
struct Surroundings {
    World& world;
    Network& network;
    Tcp& tcp;
    BusNet& bus;
    TemplateSource& templates;
    RpcDirectory& directory;
    const std::vector<std::string>& vardiffs;  ///< their addresses
    SimulatedRedis& redis;
    ledger::Durability durability;
    gateway::Metrics& gateway_metrics;
};

/// One incarnation of a gateway: what gateway::Gateway and gateway::Front are, on simulated
/// sockets.
class GatewayProcess {
  public:
    GatewayProcess(const Surroundings& surroundings, Host host, ProcessClock& clock,
                   std::uint64_t incarnation);
    ~GatewayProcess();

    Life& life() { return life_; }
    Host host() const { return host_; }
    mining::Epoch epoch() const { return switchboard_->epoch(); }
    bool has_joined() const { return switchboard_.has_value(); }
    base::SteadyTime joined_at() const { return joined_at_; }
    const gateway::WorkBook& work() const { return work_; }
    /// Since when it has had the tip that it works on.
    base::SteadyTime tip_since() const { return tip_since_; }
    /// Replicas that have given it all that they had, and whose stream it takes for whole.
    std::size_t template_streams() const { return subscription_->client().replicas_in_sync(); }
    const bus::Dispatcher& dispatcher() const { return switchboard_->dispatcher(); }
    std::size_t fullest_pipe() const { return bus_->fullest(); }
    std::size_t waiting_for_room() const { return paused_.size(); }
    const std::map<std::uint64_t, std::shared_ptr<GatewayConnection>>& connections() const {
        return connections_;
    }
    std::size_t ended() const { return ended_.size(); }
    /// Bytes that wait in its connections from that host.
    std::size_t unsent_to(Host miner) const;
    /// The ledger takes it for dead: it must be ended.
    bool is_fenced() const { return is_fenced_; }

    // For the connections.
    World& world() { return surroundings_.world; }
    const base::Clock& clock() const { return clock_; }
    gateway::Metrics& metrics() { return surroundings_.gateway_metrics; }
    gateway::Effects& effects() { return effects_; }
    gateway::ChannelKeys& keys() { return switchboard_->keys(); }
    gateway::WorkBook& work_book() { return work_; }
    const gateway::Deadlines& deadlines() const { return deadlines_; }
    bus::Partition partition_of(gateway::ConnectionId id) { return switchboard_->partition_of(id); }
    bool is_full(bus::Partition partition) const { return dispatcher().is_full(partition); }
    void take(gateway::ConnectionId connection, bus::Partition partition,
              const gateway::Effects& effects);
    void wait_for_room(std::shared_ptr<GatewayConnection> connection) {
        paused_.add(std::move(connection));
    }
    void wait_a_moment(std::shared_ptr<GatewayConnection> connection);
    void flush_connection_soon(std::shared_ptr<GatewayConnection> connection);
    void ended(GatewayConnection& connection, std::string_view reason);

    // For the switchboard.
    GatewayConnection* find(gateway::ConnectionId id) const;
    template <class Act>
    void for_each(const Act& act) {
        for (auto next = connections_.begin(); next != connections_.end();) {
            const auto connection = next->second;
            ++next;
            act(*connection);
        }
    }
    bool send(const std::string& worker, const std::string& frame) {
        return bus_->send(worker, frame);
    }
    std::optional<bitcoin::Target> proposed(mining::ChannelKey key) const {
        return targets_->find(key);
    }
    void forget(mining::ChannelKey key) { targets_->forget(key); }
    void answered(const bus::Batch&) {}
    void fenced(const std::string& reason);

  private:
    void on_joined(const ledger::PoolConfig& pool, mining::Epoch epoch);
    void on_frame(const std::string& worker, const std::string& frame);
    void on_template(const mining::BlockTemplate& block_template);
    void open_if_possible();
    void admit(std::unique_ptr<TcpEnd> socket);
    void tick();
    void sweep();
    void flush_soon();
    void flush_in_time();
    void flush();
    void close_channels_of_ended();

    Surroundings surroundings_;
    Life life_;
    Host host_;
    ProcessClock& clock_;
    Chance chance_;
    std::unique_ptr<redis::Client> redis_;
    gateway::Membership membership_;
    ledger::BanFollower bans_;
    gateway::Deadlines deadlines_{};
    gateway::WorkBook work_{};
    base::SteadyTime joined_at_{};
    base::SteadyTime tip_since_{};
    gateway::Effects effects_{};
    std::optional<gateway::Switchboard<GatewayProcess>> switchboard_{};
    std::optional<BusNet::GatewayEnd> bus_{};
    std::optional<rpc::TargetClient> targets_{};
    std::map<std::uint64_t, std::shared_ptr<GatewayConnection>> connections_{};
    std::deque<std::shared_ptr<GatewayConnection>> ended_{};
    std::vector<std::shared_ptr<GatewayConnection>> to_flush_{};
    gateway::WaitingRoom<GatewayConnection> paused_{};
    gateway::WaitingRoom<GatewayConnection> paced_{};
    std::uint64_t last_id_{};
    bool is_flush_due_{};
    bool is_timer_set_{};
    bool is_fenced_{};
    std::optional<TemplateSource::Subscription> subscription_{};
    std::optional<Tcp::Listener> listener_{};
};

}  // namespace simulation
