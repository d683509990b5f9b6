#pragma once

#include <hiredis/hiredis.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "redis/client.h"
#include "simulation/redis/redis_store.h"
#include "support/redis_server.h"

namespace simulation {

/// A real redis-server whose calendar stands where a test sets it.
class RealRedis {
  public:
    RealRedis();
    RealRedis(const RealRedis&) = delete;
    RealRedis& operator=(const RealRedis&) = delete;
    ~RealRedis();

    void set_time(std::int64_t now_us) { clock_->store(now_us); }
    redis::Reply execute(const redis::Args& args);
    /// Every key with its type, its value and its expiry, one a line; what has no order is sorted.
    /// Of a stream also its last id and where its nodes end.
    std::string dump();

  private:
    std::string clock_path_{};
    std::atomic<std::int64_t>* clock_ = nullptr;
    std::unique_ptr<test_support::RedisServer> server_{};
    std::unique_ptr<redisContext, void (*)(redisContext*)> connection_{nullptr, redisFree};
};

/// The same of the simulated one.
std::string dump(RedisStore& store);

/// Gives every command to a real Redis and to a RedisStore, at the same time of the calendar, and
/// compares what they answer.
class BothRedises final : public redis::Client {
  public:
    BothRedises();

    std::int64_t now_us() const { return now_us_; }
    void advance(std::int64_t by_us);
    /// Both replies compared; the simulated one.
    redis::Reply execute(const redis::Args& args);
    /// The same for whole keyspaces.
    void compare_keys();
    /// maxmemory is reached, in both.
    void set_full(bool is_full);
    /// There are too few replicas to write, in both.
    void set_lacks_replicas(bool lacks);

    /// The first difference that was met, in words.
    const std::optional<std::string>& difference() const { return difference_; }
    RedisStore& store() { return store_; }
    RealRedis& real() { return real_; }

    // As a client; callbacks run in turn().
    void command(redis::Args args, redis::Callback done) override;
    void command_then_wait(redis::Args args, std::uint32_t replicas,
                           std::chrono::milliseconds timeout,
                           redis::ReplicatedCallback done) override;
    void reconnect() override {}
    bool is_connected() const override { return true; }
    /// Runs callbacks until none is left.
    void turn();

  private:
    void note(const std::string& what);

    std::int64_t now_us_ = 1'764'201'600'000'000;
    RealRedis real_{};
    RedisStore store_;
    std::deque<std::function<void()>> due_{};
    std::optional<std::string> difference_{};
};

}  // namespace simulation
