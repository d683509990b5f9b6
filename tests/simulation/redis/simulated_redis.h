#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "redis/client_config.h"
#include "redis/process_client.h"
#include "simulation/redis/redis_history.h"
#include "simulation/redis/redis_lines.h"
#include "simulation/redis/redis_loop.h"
#include "simulation/redis/redis_store.h"

namespace simulation {

struct RedisSettings {
    /// Besides the primary, each with a part of what the primary has done.
    std::size_t replicas = 1;
    /// 0: a primary writes also when it has none.
    std::size_t min_replicas_to_write = 0;
    RedisTimes times{};
    /// One way between a client and a node.
    Spread latency{std::chrono::microseconds{50}, std::chrono::microseconds{400}};
    /// One way between a primary and a replica.
    Spread replica_latency{std::chrono::microseconds{50}, std::chrono::microseconds{2'000}};
    /// Until a node that was started, or follows somebody else, has all the data.
    Spread load{std::chrono::milliseconds{20}, std::chrono::milliseconds{500}};
    /// Until Sentinel tells a primary that it is one no more, once it can be reached.
    Spread depose{std::chrono::milliseconds{0}, std::chrono::milliseconds{3'000}};
    /// How the clients speak to it; addresses and passwords mean nothing here.
    redis::ClientConfig client{};
};

/// A primary and its replicas, the Sentinels that name the primary, and the lines to the clients.
///
/// Nothing fails by itself: whoever simulates calls what is under "faults", at any time and in any
/// order, and a call that has nothing to do does nothing. Must outlive its clients. Node 0 is the
/// first primary.
class SimulatedRedis {
  public:
    SimulatedRedis(RedisEnvironment world, RedisSettings settings);
    SimulatedRedis(const SimulatedRedis&) = delete;
    SimulatedRedis& operator=(const SimulatedRedis&) = delete;
    ~SimulatedRedis();

    /// A client of the process `name`, whose events run by `after`: World::after(life, ...), so
    /// that they are dropped with the process. It behaves as redis::HiredisClient with Sentinels
    /// does, timeouts, backoff, grouped WAITs and all. Destroying it is what a killed process does:
    /// what it had sent may still be carried out.
    std::unique_ptr<redis::ProcessClient> connect(std::string name, Schedule after);
    /// The same, by the world's own schedule.
    std::unique_ptr<redis::ProcessClient> connect(std::string name);

    // Faults.

    /// The process is gone, with its connections. Its append-only file has what it answered, and
    /// of what it was at as much as chance says.
    void kill(std::size_t node);
    /// It comes back with that file: as the primary where nobody else became one meanwhile, else
    /// as a replica.
    void start(std::size_t node);
    /// It is there and does nothing.
    void freeze(std::size_t node);
    void thaw(std::size_t node);
    /// The replica that has received most becomes the primary. What it has not received is lost.
    /// The old one, if it lives, goes on as if it were the primary until it is deposed. False, and
    /// nothing happens, while no replica could, or while one that cannot has received more: that
    /// would lose what a WAIT may have confirmed. Sentinel would do it; `may_lose_confirmed` too.
    bool fail_over(bool may_lose_confirmed = false);
    /// The node gets nothing of the primary any more, and acknowledges nothing; later all.
    void cut_replica(std::size_t node);
    void heal_replica(std::size_t node);
    /// maxmemory is reached everywhere, or no more.
    void set_full(bool is_full) { is_full_ = is_full; }
    void set_fsync(Spread fsync) { settings_.times.fsync = fsync; }
    void cut_client(const std::string& name) { lines_.cut(name); }
    void heal_client(const std::string& name) { lines_.heal(name); }
    /// Every fault that can be undone is.
    void heal();

    // What there is.

    std::size_t nodes() const { return nodes_.size(); }
    /// Whom the Sentinels name; it may be dead.
    std::size_t primary() const { return primary_; }
    bool is_alive(std::size_t node) const;
    bool is_frozen(std::size_t node) const;
    /// The data of who is named the primary, also while it is dead: for checks. A test may write
    /// here, too, though no replica would hear of it.
    RedisStore& data();
    /// The data that a replica has received.
    RedisStore data_of_replica(std::size_t node) const;
    std::uint64_t failovers() const { return failovers_; }

  private:
    friend class SimulatedClient;

    struct Node;

    void dial(const ConnectionPtr& connection);
    void send(const ConnectionPtr& connection, RedisConnection::Request request);
    void let_go(const ConnectionPtr& connection);

    std::unique_ptr<Node> make_node(std::size_t number);
    redis::Reply execute(Node& node, redis::Args&& args, std::int64_t at_us);
    WriteRules rules_for(const Node& node) const;
    std::int64_t replicas_with(const Node& node, std::uint64_t offset) const;
    void replicate(const Node& from);
    void send_to_replica(Node& replica, Spread wait);
    void receive(Node& replica, std::uint64_t offset);
    void acknowledge(Node& replica, std::uint64_t offset);
    void let_history_go();
    void promote(Node& node);
    void depose_soon(Node& node);
    void follow(Node& node);
    bool can_follow(const Node& node) const;

    RedisEnvironment world_;
    RedisSettings settings_;
    RedisLines lines_;
    /// The time at which the command that runs is carried out.
    std::int64_t at_us_ = 0;
    std::vector<std::unique_ptr<Node>> nodes_{};
    std::size_t primary_ = 0;
    /// Of whom the Sentinels name.
    std::optional<RedisHistory> history_{};
    std::uint64_t failovers_ = 0;
    bool is_full_ = false;
    /// Gone when we are: events of ours that come later do nothing.
    std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace simulation
