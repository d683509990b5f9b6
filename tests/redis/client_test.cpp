#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <stdexcept>
#include <string>

#include "ask.h"
#include "redis/hiredis_client.h"
#include "support/loop.h"
#include "support/redis_server.h"

namespace redis {
namespace {

using namespace std::chrono_literals;
using test_support::RedisServer;
using test_support::run_until;
using Answer = std::optional<base::Result<Reply, Error>>;

class RedisClient : public testing::Test {
  protected:
    ClientConfig config() const {
        ClientConfig config;
        config.address = server_.unix_address();
        config.backoff_min = 5ms;
        config.backoff_max = 20ms;
        return config;
    }

    base::Result<Reply, Error> ask(Client& client, Args args) {
        return redis::ask(io_, client, std::move(args));
    }

    RedisServer server_{};
    boost::asio::io_context io_{};
    base::SystemClock clock_{};
    base::SeededRandom random_{1};
};

TEST_F(RedisClient, BringsBackEveryKindOfReply) {
    HiredisClient client{io_, config(), clock_, random_};
    const std::string binary{"a\0b\r\n$5\xff", 8};
    EXPECT_EQ(*ask(client, {"SET", "k", binary})->string(), "OK");
    EXPECT_EQ(*ask(client, {"GET", "k"})->string(), binary);
    EXPECT_EQ(*ask(client, {"INCR", "n"})->integer(), 1);
    EXPECT_TRUE(ask(client, {"GET", "none"})->is_nil());
    const auto array = ask(client, {"EVAL", "return {1, 'x', {false}}", "0"});
    EXPECT_EQ(*array, (Reply{Reply::Array{Reply{1}, Reply{"x"}, Reply{Reply::Array{Reply{}}}}}));
}

TEST_F(RedisClient, WorksOverTcpByNameAndInAnotherDatabase) {
    auto config = this->config();
    config.address = server_.address();
    config.address.host = "localhost";
    config.db = 3;
    HiredisClient client{io_, config, clock_, random_};
    ASSERT_TRUE(ask(client, {"SET", "k", "v"}).has_value());
    EXPECT_EQ(*server_.run({"DBSIZE"}).integer(), 0);
}

TEST_F(RedisClient, SendsThePasswordBeforeAnythingElse) {
    server_.run({"CONFIG", "SET", "requirepass", "secret"});
    auto config = this->config();
    config.password = "secret";
    HiredisClient client{io_, config, clock_, random_};
    EXPECT_TRUE(ask(client, {"SET", "k", "v"}).has_value());

    config.password = "wrong";
    config.command_timeout = 200ms;
    HiredisClient stranger{io_, config, clock_, random_};
    const auto refused = ask(stranger, {"GET", "k"});
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().kind, RedisError::disconnected);
    EXPECT_FALSE(stranger.is_connected());
}

TEST_F(RedisClient, ReadsThePasswordAgainForEachConnection) {
    server_.run({"CONFIG", "SET", "requirepass", "old"});
    std::atomic<const char*> in_the_file = "old";
    auto config = this->config();
    config.read_password = [&in_the_file] {
        const char* const password = in_the_file;
        if (password == nullptr) throw std::runtime_error{"it is being replaced"};
        return std::string{password};
    };
    HiredisClient client{io_, config, clock_, random_};
    ASSERT_TRUE(ask(client, {"SET", "k", "v"}).has_value());
    ASSERT_TRUE(ask(client, {"CONFIG", "SET", "requirepass", "new"}).has_value());
    EXPECT_TRUE(ask(client, {"GET", "k"}).has_value()) << "who is connected stays";
    in_the_file = "new";
    client.reconnect();
    ASSERT_TRUE(run_until(io_, [&] { return client.stats().connections == 2; }));
    EXPECT_TRUE(ask(client, {"GET", "k"}).has_value());
    in_the_file = nullptr;
    client.reconnect();
    ASSERT_TRUE(run_until(io_, [&] { return client.stats().connections == 3; }))
        << "the last one goes on";
}

TEST_F(RedisClient, TellsTheKindsOfErrorApart) {
    HiredisClient client{io_, config(), clock_, random_};
    ask(client, {"SET", "text", "x"}).has_value();
    EXPECT_EQ(ask(client, {"INCR", "text"}).error().kind, RedisError::error_reply);
    EXPECT_EQ(ask(client, {"EVALSHA", std::string(40, '0'), "0"}).error().kind,
              RedisError::no_script);
    server_.run({"CONFIG", "SET", "maxmemory", "1"});
    EXPECT_EQ(ask(client, {"SET", "k", "v"}).error().kind, RedisError::out_of_memory);
    EXPECT_EQ(
        ask(client, {"EVAL", "return redis.call('SET', KEYS[1], 'v')", "1", "k"}).error().kind,
        RedisError::out_of_memory);
    server_.run({"CONFIG", "SET", "maxmemory", "0"});
    EXPECT_TRUE(client.is_connected());
}

TEST_F(RedisClient, AnswersInTheOrderOfTheCommands) {
    HiredisClient client{io_, config(), clock_, random_};
    std::vector<std::int64_t> order;
    for (int i = 0; i < 500; ++i)
        client.command({"INCR", "n"},
                       [&order](auto result) { order.push_back(*result->integer()); });
    ASSERT_TRUE(run_until(io_, [&order] { return order.size() == 500; }));
    EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
    EXPECT_EQ(order.back(), 500);
}

TEST_F(RedisClient, RefusesMoreThanItsBoundWithoutSendingIt) {
    auto config = this->config();
    config.pending_max = 10;
    HiredisClient client{io_, config, clock_, random_};
    int answered = 0;
    int overloaded = 0;
    for (int i = 0; i < 15; ++i) {
        client.command({"INCR", "n"}, [&](auto result) {
            ++answered;
            if (!result && result.error().kind == RedisError::overloaded) ++overloaded;
        });
    }
    EXPECT_EQ(answered, 0) << "a callback ran inside the call that took it";
    ASSERT_TRUE(run_until(io_, [&answered] { return answered == 15; }));
    EXPECT_EQ(overloaded, 5);
    EXPECT_EQ(*ask(client, {"GET", "n"})->string(), "10");
}

TEST_F(RedisClient, HoldsCommandsUntilTheFirstConnection) {
    server_.kill();
    HiredisClient client{io_, config(), clock_, random_};
    Answer answer;
    client.command({"PING"}, [&answer](auto result) { answer = std::move(result); });
    run_until(io_, [&client] { return client.stats().oldest_age > 30ms; });
    EXPECT_FALSE(answer.has_value());
    server_.start();
    ASSERT_TRUE(run_until(io_, [&answer] { return answer.has_value(); }));
    EXPECT_TRUE(answer->has_value());
}

TEST_F(RedisClient, ConnectsAgainAfterAKillAndSaysSo) {
    HiredisClient client{io_, config(), clock_, random_};
    std::vector<bool> changes;
    client.on_change([&changes](bool is_connected) { changes.push_back(is_connected); });
    ASSERT_TRUE(ask(client, {"PING"}).has_value());
    server_.kill();
    ASSERT_TRUE(run_until(io_, [&client] { return !client.is_connected(); }));
    server_.start();
    EXPECT_TRUE(ask(client, {"PING"}).has_value());
    EXPECT_EQ(changes, (std::vector<bool>{true, false, true}));
    EXPECT_EQ(client.stats().losses, 1);
}

TEST_F(RedisClient, FindsARedisThatWasAwayForLongWithTheNextTryHalfASecondLater) {
    ClientConfig config;
    config.address = server_.unix_address();
    HiredisClient client{io_, config, clock_, random_};
    ASSERT_TRUE(ask(client, {"PING"}).has_value());
    server_.kill();
    // Without its bound the doubling would be at minutes by then.
    auto longest = 0ms;
    ASSERT_TRUE(run_until(
        io_,
        [&] {
            longest = std::max(longest, client.stats().backoff);
            return client.stats().attempts >= 12;
        },
        60s));
    EXPECT_LE(longest, 500ms);
    server_.start();
    const auto attempts = client.stats().attempts;
    ASSERT_TRUE(run_until(io_, [&client] { return client.is_connected(); }));
    EXPECT_LE(client.stats().attempts, attempts + 1);
}

TEST_F(RedisClient, GivesUpASilentConnectionAndEverythingOnIt) {
    auto config = this->config();
    config.command_timeout = 100ms;
    HiredisClient client{io_, config, clock_, random_};
    ASSERT_TRUE(ask(client, {"PING"}).has_value());
    server_.freeze();
    int failed = 0;
    for (int i = 0; i < 3; ++i) {
        client.command({"INCR", "n"}, [&failed](auto result) {
            if (!result && result.error().kind == RedisError::disconnected) ++failed;
        });
    }
    ASSERT_TRUE(run_until(io_, [&failed] { return failed == 3; }));
    EXPECT_EQ(client.stats().timeouts, 1);
    server_.thaw();
    // The outcome was unknown indeed: the commands were in the socket.
    ASSERT_TRUE(run_until(io_, [this, &client] {
        const auto n = ask(client, {"GET", "n"});
        return n.has_value() && n->string() != nullptr && *n->string() == "3";
    }));
}

TEST_F(RedisClient, RunsAScriptThatRedisHasForgotten) {
    HiredisClient client{io_, config(), clock_, random_};
    const Script script{"return redis.call('INCRBY', KEYS[1], ARGV[1])"};
    for (const int expected : {5, 10, 15}) {
        if (expected == 15) server_.run({"SCRIPT", "FLUSH"});
        Answer answer;
        eval(client, script, {"n"}, {"5"}, [&answer](auto result) { answer = std::move(result); });
        ASSERT_TRUE(run_until(io_, [&answer] { return answer.has_value(); }));
        ASSERT_TRUE(answer->has_value());
        EXPECT_EQ(*(*answer)->integer(), expected);
    }
}

TEST_F(RedisClient, CountsTheReplicasThatHaveACommand) {
    RedisServer replica{{"--replicaof", "127.0.0.1", std::to_string(server_.port())}};
    HiredisClient client{io_, config(), clock_, random_};
    const Script script{"return redis.call('INCR', KEYS[1])"};
    const auto count = [&](std::chrono::milliseconds timeout) {
        std::optional<base::Result<Replicated, Error>> answer;
        eval_then_wait(client, script, {"n"}, {}, 1, timeout,
                       [&answer](auto result) { answer = std::move(result); });
        if (!run_until(io_, [&answer] { return answer.has_value(); }) || !*answer)
            return std::int64_t{-1};
        return (*answer)->replicas;
    };
    ASSERT_TRUE(run_until(io_, [&] { return count(500ms) == 1; }));
    replica.freeze();
    EXPECT_EQ(count(50ms), 0);
    replica.thaw();
}

TEST_F(RedisClient, OneWaitSpeaksOfAllThatWasGivenWhileAnotherWasUnderWay) {
    HiredisClient client{io_, config(), clock_, random_};
    ASSERT_TRUE(ask(client, {"PING"}).has_value());
    // There is no replica: each WAIT takes its whole time.
    std::vector<std::int64_t> answers;
    for (int i = 0; i < 16; ++i)
        client.command_then_wait({"INCR", "n"}, 1, 100ms, [&answers](auto result) {
            ASSERT_TRUE(result.has_value());
            EXPECT_EQ(result->replicas, 0);
            answers.push_back(*result->reply.integer());
        });
    ASSERT_TRUE(run_until(io_, [&answers] { return answers.size() == 16; }));
    EXPECT_TRUE(std::is_sorted(answers.begin(), answers.end()));
    const auto statistics = *ask(client, {"INFO", "commandstats"})->string();
    EXPECT_NE(statistics.find("cmdstat_wait:calls=2,"), std::string::npos) << statistics;
}

TEST_F(RedisClient, WhatNoReplicaConfirmedIsToldOfTheLossOnce) {
    HiredisClient client{io_, config(), clock_, random_};
    ASSERT_TRUE(ask(client, {"PING"}).has_value());
    int failed = 0;
    for (int i = 0; i < 8; ++i)
        client.command_then_wait({"INCR", "n"}, 1, 60s, [&failed](auto result) {
            EXPECT_EQ(result.error().kind, RedisError::disconnected);
            ++failed;
        });
    ASSERT_TRUE(run_until(io_, [this] { return server_.run({"GET", "n"}).string() != nullptr; }));
    EXPECT_EQ(failed, 0);
    server_.kill();
    ASSERT_TRUE(run_until(io_, [&failed] { return failed == 8; }));
    server_.start();
    std::optional<std::int64_t> replicas;
    client.command_then_wait({"INCR", "n"}, 1, 20ms, [&replicas](auto result) {
        replicas = result ? result->replicas : -1;
    });
    ASSERT_TRUE(run_until(io_, [&replicas] { return replicas.has_value(); }));
    EXPECT_EQ(*replicas, 0) << "the WAIT of the lost connection stands in the way";
    EXPECT_EQ(failed, 8);
}

TEST_F(RedisClient, WhatWaitsForAConnectionIsConfirmedOnIt) {
    server_.kill();
    HiredisClient client{io_, config(), clock_, random_};
    int confirmed = 0;
    for (int i = 0; i < 3; ++i)
        client.command_then_wait({"INCR", "n"}, 1, 20ms, [&confirmed](auto result) {
            confirmed += result.has_value() ? 1 : 0;
        });
    run_until(io_, [&client] { return client.stats().oldest_age > 30ms; });
    server_.start();
    ASSERT_TRUE(run_until(io_, [&confirmed] { return confirmed == 3; }));
}

TEST_F(RedisClient, DropsAConnectionToAReplicaThatCannotWrite) {
    HiredisClient client{io_, config(), clock_, random_};
    ASSERT_TRUE(ask(client, {"PING"}).has_value());
    server_.run({"REPLICAOF", "127.0.0.1", std::to_string(test_support::free_port())});
    EXPECT_EQ(ask(client, {"SET", "k", "v"}).error().kind, RedisError::read_only);
    ASSERT_TRUE(run_until(io_, [&client] { return client.stats().losses == 1; }));
    server_.run({"REPLICAOF", "NO", "ONE"});
    EXPECT_TRUE(ask(client, {"SET", "k", "v"}).has_value());
}

TEST_F(RedisClient, DropsAConnectionToAPrimaryThatItsReplicasHaveLeft) {
    HiredisClient client{io_, config(), clock_, random_};
    ASSERT_TRUE(ask(client, {"PING"}).has_value());
    server_.run({"CONFIG", "SET", "min-replicas-to-write", "1"});
    EXPECT_EQ(ask(client, {"SET", "k", "v"}).error().kind, RedisError::no_replicas);
    ASSERT_TRUE(run_until(io_, [&client] { return client.stats().losses == 1; }));
}

TEST_F(RedisClient, CanBeDestroyedWithCommandsUnderWay) {
    {
        HiredisClient client{io_, config(), clock_, random_};
        ASSERT_TRUE(ask(client, {"PING"}).has_value());
        client.command({"PING"}, [](auto) { FAIL() << "a forgotten callback ran"; });
    }
    io_.restart();
    io_.run_for(20ms);
}

}  // namespace
}  // namespace redis
