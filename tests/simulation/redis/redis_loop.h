#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "redis/reply.h"
#include "simulation/redis/redis_lines.h"

namespace simulation {

/// How long things take a node.
struct RedisTimes {
    Spread command{std::chrono::microseconds{10}, std::chrono::microseconds{40}};
    /// Once for all that is written in a turn of its loop.
    Spread fsync{std::chrono::microseconds{100}, std::chrono::microseconds{900}};
};

/// The event loop of one redis-server under `appendfsync always`: it takes all commands that have
/// arrived, carries them out, has them on disk, and then answers.
///
/// Here they are carried out at the end of the turn, which nobody can tell from outside, because
/// nothing is answered before: a node that dies in a turn has carried out the first few of its
/// commands, as many as chance says, and has answered none.
class RedisLoop {
  public:
    struct Hooks {
        /// Carries out a command at this time of the calendar.
        std::function<redis::Reply(redis::Args&&, std::int64_t at_us)> execute{};
        std::function<bool()> is_primary{};
        /// Counts what was written.
        std::function<std::uint64_t()> offset{};
        std::function<std::int64_t(std::uint64_t offset)> replicas_with{};
        /// After a turn, before its answers are sent.
        std::function<void()> end_turn{};
    };

    RedisLoop(RedisEnvironment& world, RedisLines& lines, const RedisTimes& times, Hooks hooks);

    bool is_alive() const { return is_alive_; }
    bool is_frozen() const { return is_frozen_; }

    /// A connection is refused by who is dead, and taken by the kernel for who is frozen.
    void accept(const ConnectionPtr& connection);
    void arrive(const ConnectionPtr& connection, RedisConnection::Request request);
    /// The client has closed it.
    void close(const ConnectionPtr& connection);

    void kill();
    void start();
    void freeze() { is_frozen_ = true; }
    void thaw();
    /// As when it becomes a replica.
    void drop_connections(const std::string& reason);
    /// A replica has acknowledged something.
    void look_at_waits();

  private:
    struct Arrived {
        ConnectionPtr connection{};
        RedisConnection::Request request{};
    };

    void begin_turn();
    void end_turn();
    void carry_out(Arrived& arrived);
    void begin_wait(const ConnectionPtr& connection, const redis::Args& args);
    void end_wait(const ConnectionPtr& connection, std::int64_t replicas);
    void answer(const ConnectionPtr& connection, redis::Reply reply);
    void lose(const ConnectionPtr& connection, const std::string& reason);

    RedisEnvironment& world_;
    RedisLines& lines_;
    const RedisTimes& times_;
    Hooks hooks_;
    bool is_alive_ = true;
    bool is_frozen_ = false;
    /// Of this life; events of an earlier one are dropped.
    std::uint64_t life_ = 0;
    std::vector<ConnectionPtr> connections_{};
    std::deque<Arrived> arrived_{};
    std::deque<Arrived> turn_{};
    std::int64_t turn_at_us_ = 0;
    bool is_in_turn_ = false;
    /// The turn's time is over, and it was frozen then.
    bool is_turn_due_ = false;
};

}  // namespace simulation
