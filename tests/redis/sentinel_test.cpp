#include <gtest/gtest.h>

#include <fstream>
#include <optional>

#include "redis/hiredis_client.h"
#include "support/loop.h"
#include "support/redis_server.h"

namespace redis {
namespace {

using namespace std::chrono_literals;
using test_support::RedisServer;
using test_support::run_until;

/// A Sentinel with a configuration file that it may rewrite.
class Sentinel {
  public:
    explicit Sentinel(std::uint16_t primary)
        : file_(write(primary)), server_({file_, "--sentinel"}) {}
    ~Sentinel() { std::remove(file_.c_str()); }
    Sentinel(const Sentinel&) = delete;
    Sentinel& operator=(const Sentinel&) = delete;
    Address address() const { return server_.address(); }
    Reply run(const Args& args) const { return server_.run(args); }

  private:
    static std::string write(std::uint16_t primary) {
        const auto name = "/tmp/adit-sentinel-" + std::to_string(primary) + ".conf";
        std::ofstream{name} << "sentinel monitor pool 127.0.0.1 " << primary << " 1\n"
                            << "sentinel down-after-milliseconds pool 300\n"
                            << "sentinel failover-timeout pool 2000\n";
        return name;
    }
    std::string file_;
    RedisServer server_;
};

TEST(RedisSentinel, TheClientFollowsThePrimary) {
    RedisServer first;
    RedisServer second{{"--replicaof", "127.0.0.1", std::to_string(first.port())}};
    Sentinel sentinel{first.port()};
    boost::asio::io_context io;
    base::SystemClock clock;
    base::SeededRandom random{1};
    ClientConfig config;
    Address nobody;
    nobody.host = "127.0.0.1";
    nobody.port = test_support::free_port();
    config.sentinels = {nobody, sentinel.address()};
    config.master = "pool";
    config.backoff_min = 5ms;
    config.backoff_max = 50ms;
    config.command_timeout = 500ms;
    HiredisClient client{io, config, clock, random};
    const auto set = [&](const std::string& value) {
        std::optional<base::Result<Reply, Error>> answer;
        client.command({"SET", "k", value}, [&answer](auto result) { answer = std::move(result); });
        return run_until(io, [&answer] { return answer.has_value(); }) && answer->has_value();
    };
    ASSERT_TRUE(set("one"));
    EXPECT_EQ(first.run({"GET", "k"}), Reply{"one"});

    // The Sentinel must know the replica before it can promote it.
    ASSERT_TRUE(run_until(io, [&sentinel] {
        const auto replicas = sentinel.run({"SENTINEL", "replicas", "pool"});
        return replicas.array() != nullptr && replicas.array()->size() == 1;
    }));
    ASSERT_TRUE(run_until(io, [&second] { return second.run({"GET", "k"}) == Reply{"one"}; }));
    first.kill();
    ASSERT_TRUE(run_until(io, [&set] { return set("two"); }));
    EXPECT_EQ(second.run({"GET", "k"}), Reply{"two"});
}

TEST(RedisSentinel, ASilentOneIsPassedOverBeforeCommandsRunOutOfTime) {
    RedisServer primary;
    Sentinel sentinel{primary.port()};
    RedisServer silent;
    silent.freeze();
    boost::asio::io_context io;
    base::SystemClock clock;
    base::SeededRandom random{1};
    ClientConfig config;
    config.sentinels = {silent.address(), sentinel.address()};
    config.master = "pool";
    config.backoff_min = 5ms;
    config.backoff_max = 50ms;
    config.command_timeout = 10s;
    config.attempt_timeout = 200ms;
    HiredisClient client{io, config, clock, random};
    // Its deadline is the first that the client knows of, and not the nearest.
    std::optional<base::Result<Reply, Error>> answer;
    client.command({"PING"}, [&answer](auto result) { answer = std::move(result); });
    ASSERT_TRUE(run_until(io, [&answer] { return answer.has_value(); }));
    EXPECT_TRUE(answer->has_value());
}

}  // namespace
}  // namespace redis
