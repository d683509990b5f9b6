#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "redis/client.h"
#include "simulation/redis/environment.h"

namespace simulation {

/// One connection between a client and a node of the simulated Redis; each side lets go of it by
/// itself.
struct RedisConnection {
    struct Request {
        redis::Args args{};
        /// Asks whether this is a primary that is ready: the greeting.
        bool is_greeting = false;
    };
    /// How the client's process runs events: dropped when it has died, late while it is frozen.
    Schedule after_at_client{};
    std::string client{};
    /// Which node it is to.
    std::size_t node = 0;
    /// Empty once the client has let go.
    std::function<void(redis::Reply)> on_reply{};
    std::function<void(const std::string& reason)> on_lost{};
    /// The client's machine, or ours, has thrown away what was on its way.
    bool is_reset = false;

    // The node's side.
    bool is_open = true;
    /// Of a WAIT that is not answered: nothing passes it.
    bool is_waiting = false;
    std::uint64_t wait_number = 0;
    std::int64_t wait_replicas = 0;
    std::deque<Request> behind_wait{};
    /// The node's offset after the last command of this connection.
    std::uint64_t offset = 0;

    base::SteadyTime last_to_node{};
    base::SteadyTime last_to_client{};
};
using ConnectionPtr = std::shared_ptr<RedisConnection>;

/// What lies between the clients and Redis: everything arrives in order, after a while. What
/// travels while a client's line is cut arrives when it is healed, as TCP sends it again.
class RedisLines {
  public:
    RedisLines(RedisEnvironment& world, Spread latency) : world_(world), latency_(latency) {}

    void to_node(const ConnectionPtr& connection, std::function<void()> arrive);
    void to_client(const ConnectionPtr& connection, std::function<void()> arrive);

    void cut(const std::string& client) { held_.try_emplace(client); }
    void heal(const std::string& client);
    void heal_all();
    bool is_cut(const std::string& client) const { return held_.contains(client); }

  private:
    void travel(const std::string& client, const Schedule& after, base::SteadyTime& last,
                std::function<void()> arrive);

    RedisEnvironment& world_;
    Spread latency_;
    /// Of the clients whose lines are cut, in order.
    std::map<std::string, std::deque<std::function<void()>>> held_{};
    /// Gone when we are.
    std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace simulation
