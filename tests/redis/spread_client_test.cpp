#include "redis/spread_client.h"

#include <gtest/gtest.h>

#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "ask.h"
#include "redis/slot.h"
#include "support/loop.h"
#include "support/redis_server.h"

namespace redis {
namespace {

using namespace std::chrono_literals;
using test_support::RedisServer;
using test_support::run_until;

constexpr std::size_t connections = 4;

class SpreadRedisClient : public testing::Test {
  protected:
    ClientConfig config() const {
        ClientConfig config;
        config.address = server_.unix_address();
        config.backoff_min = 5ms;
        config.backoff_max = 20ms;
        return config;
    }

    base::Result<Reply, Error> ask(Args args) { return redis::ask(io_, client_, std::move(args)); }
    void connect() {
        ASSERT_TRUE(run_until(io_, [this] { return client_.is_connected(); }));
    }
    /// Redis' number of the connection on which commands for this key come: the only one whose
    /// last command is TYPE.
    std::string connection_of(const std::string& key) {
        if (!ask({"TYPE", key})) return "";
        const auto reply = server_.run({"CLIENT", "LIST"});
        std::istringstream lines{*reply.string()};
        std::string line;
        std::string found;
        while (std::getline(lines, line))
            if (line.find(" cmd=type ") != std::string::npos)
                found += line.substr(3, line.find(' ') - 3);
        return ask({"TTL", key}) ? found : "";
    }
    static std::string partition(int number) { return "{p" + std::to_string(number) + "}:log"; }

    RedisServer server_{};
    boost::asio::io_context io_{};
    base::SystemClock clock_{};
    base::SeededRandom random_{1};
    SpreadClient client_{io_, config(), connections, clock_, random_};
};

TEST_F(SpreadRedisClient, SendsCommandsOfOneSlotInOrderOverOneConnection) {
    std::vector<std::string> answered;
    for (int i = 0; i < 100; ++i)
        client_.command({"APPEND", "{p3}:text", std::to_string(i % 10)}, [&](const auto& result) {
            answered.push_back(result ? std::to_string(*result->integer()) : "failed");
        });
    ASSERT_TRUE(run_until(io_, [&] { return answered.size() == 100; }));
    std::string digits;
    for (int i = 0; i < 100; ++i) {
        digits += std::to_string(i % 10);
        EXPECT_EQ(answered[static_cast<std::size_t>(i)], std::to_string(i + 1));
    }
    EXPECT_EQ(*ask({"GET", "{p3}:text"})->string(), digits);
}

TEST_F(SpreadRedisClient, SpreadsThePartitionsOfAPool) {
    connect();
    EXPECT_EQ(client_.stats().connections, connections);
    std::set<std::string> used;
    for (int number = 0; number < 16; ++number) used.insert(connection_of(partition(number)));
    EXPECT_EQ(used.count(""), 0U);
    EXPECT_EQ(used.size(), connections);
    EXPECT_EQ(connection_of("{p5}:gw"), connection_of("{p5}:seen:00:7"));
}

TEST_F(SpreadRedisClient, CommandsWithoutOneSlotAreAnsweredToo) {
    ASSERT_TRUE(ask({"SET", "{p1}:a", "1"}).has_value());
    ASSERT_TRUE(ask({"SET", "{p2}:b", "2"}).has_value());
    EXPECT_EQ(*ask({"MGET", "{p1}:a", "{p2}:b"}), (Reply{Reply::Array{Reply{"1"}, Reply{"2"}}}));
    EXPECT_EQ(*ask({"PING"})->string(), "PONG");
    EXPECT_EQ(*ask({"DBSIZE"})->integer(), 2);
}

TEST_F(SpreadRedisClient, IsConnectedWhileAllOfItIs) {
    std::vector<bool> changes;
    client_.on_change([&](bool is_connected) { changes.push_back(is_connected); });
    connect();
    EXPECT_EQ(changes, std::vector<bool>{true}) << "the last of four, once";
    server_.run({"CLIENT", "KILL", "ID", connection_of(partition(1))});
    ASSERT_TRUE(run_until(io_, [&] { return changes.size() == 3; }));
    EXPECT_EQ(changes, (std::vector<bool>{true, false, true}));
    EXPECT_EQ(client_.stats().losses, 1U);
    EXPECT_EQ(client_.stats().connections, connections + 1);
}

TEST_F(SpreadRedisClient, AWaitCountsForTheCommandInFrontOfIt) {
    connect();
    std::size_t answered = 0;
    for (int number = 0; number < 16; ++number)
        client_.command_then_wait({"INCR", partition(number)}, 1, 50ms, [&](const auto& result) {
            ASSERT_TRUE(result.has_value());
            EXPECT_EQ(*result->reply.integer(), 1);
            EXPECT_EQ(result->replicas, 0) << "there is no replica";
            ++answered;
        });
    ASSERT_TRUE(run_until(io_, [&] { return answered == 16; }));
}

TEST_F(SpreadRedisClient, LooksForThePrimaryWithAllOfIt) {
    connect();
    client_.reconnect();
    ASSERT_TRUE(run_until(io_, [&] { return client_.stats().connections == 2 * connections; }));
    EXPECT_TRUE(ask({"SET", "{p1}:a", "1"}).has_value());
}

TEST_F(SpreadRedisClient, LooksForThePrimaryWithAllOfItWhereOneGetsNoAnswer) {
    auto config = this->config();
    config.command_timeout = 200ms;
    SpreadClient client{io_, config, connections, clock_, random_};
    ASSERT_TRUE(run_until(io_, [&] { return client.is_connected(); }));
    server_.freeze();
    ASSERT_FALSE(redis::ask(io_, client, {"GET", partition(1)}).has_value());
    ASSERT_TRUE(run_until(io_, [&] { return client.stats().losses == connections; }));
    EXPECT_EQ(client.stats().timeouts, 1U);
    server_.thaw();
    EXPECT_TRUE(redis::ask(io_, client, {"SET", partition(2), "1"}).has_value());
}

TEST_F(SpreadRedisClient, LeavesAConnectionAloneThatHasHadAnAnswerSince) {
    auto config = this->config();
    config.command_timeout = 500ms;
    SpreadClient client{io_, config, connections, clock_, random_};
    ASSERT_TRUE(run_until(io_, [&] { return client.is_connected(); }));
    bool is_lost = false;
    client.command({"BLPOP", "empty", "0"}, [&](const auto& result) {
        EXPECT_FALSE(result.has_value());
        is_lost = true;
    });
    // BLPOP is none of the commands whose slot is known, so it is on the first connection.
    for (int number = 0; number < 16; ++number) {
        if (slot_of(partition(number)) % connections == 0) continue;
        EXPECT_TRUE(redis::ask(io_, client, {"GET", partition(number)}).has_value());
    }
    ASSERT_TRUE(run_until(io_, [&] { return is_lost && client.is_connected(); }));
    EXPECT_EQ(client.stats().losses, 1U);
}

TEST_F(SpreadRedisClient, RefusesWhatIsTooMuchForOneConnection) {
    auto config = this->config();
    config.pending_max = 2;
    SpreadClient client{io_, config, connections, clock_, random_};
    EXPECT_EQ(client.pending_max(), 2 * connections);
    std::size_t refused = 0;
    std::size_t answered = 0;
    for (int i = 0; i < 10; ++i)
        client.command({"SET", "{p1}:a", "1"}, [&](const auto& result) {
            ++answered;
            if (!result && result.error().kind == RedisError::overloaded) ++refused;
        });
    ASSERT_TRUE(run_until(io_, [&] { return answered == 10; }));
    EXPECT_EQ(refused, 8U);
}

}  // namespace
}  // namespace redis
