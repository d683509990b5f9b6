#include "simulation/redis/simulated_redis.h"

#include <gtest/gtest.h>

#include "simulation/redis/world_testing.h"

namespace simulation {
namespace {

using namespace std::chrono_literals;
using redis::RedisError;
using redis::Reply;

class SimulatedRedisTest : public testing::Test {
  protected:
    using Answer = base::Result<Reply, redis::Error>;

    void SetUp() override { ASSERT_TRUE(is_connected()); }

    bool is_connected() {
        return world_.run_until([this] { return client_->is_connected(); });
    }
    std::shared_ptr<std::optional<Answer>> send(const redis::Args& args) {
        auto answer = std::make_shared<std::optional<Answer>>();
        client_->command(args, [answer](Answer got) { *answer = std::move(got); });
        return answer;
    }
    Answer run(const redis::Args& args) {
        const auto answer = send(args);
        EXPECT_TRUE(world_.run_until([&] { return answer->has_value(); }));
        return **answer;
    }
    /// With WAIT for one replica, of at most 100 ms.
    std::int64_t replicas_of(const redis::Args& args) {
        std::optional<std::int64_t> replicas;
        client_->command_then_wait(
            args, 1, 100ms, [&replicas](const auto& got) { replicas = got ? got->replicas : -1; });
        EXPECT_TRUE(world_.run_until([&] { return replicas.has_value(); }));
        return *replicas;
    }
    std::string stored(const std::string& key) {
        const auto reply = redis_.data().execute({"GET", key});
        return reply.string() == nullptr ? "" : *reply.string();
    }

    EventWorld world_{11};
    SimulatedRedis redis_{world_.environment(), RedisSettings{}};
    std::unique_ptr<redis::ProcessClient> client_ = redis_.connect("test");
};

TEST_F(SimulatedRedisTest, AnswersInOrderAndNeverInsideTheCall) {
    std::vector<int> order;
    for (int i = 0; i < 20; ++i)
        client_->command({"INCR", "n"}, [&order](const Answer& got) {
            order.push_back(static_cast<int>(*got->integer()));
        });
    EXPECT_TRUE(order.empty());
    world_.run_for(1s);
    ASSERT_EQ(order.size(), 20U);
    EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

/// A WAIT holds up what comes behind it on its connection, and keeps its order.
TEST_F(SimulatedRedisTest, AnswersInOrderAlsoBehindAWait) {
    for (int round = 0; round < 300; ++round) {
        auto asked = std::make_shared<int>(0);
        for (int i = 0; i < 8; ++i) {
            const auto word = std::to_string(i);
            const auto check = [word, asked](const auto& reply) {
                EXPECT_EQ(*reply.string(), word);
                ++*asked;
            };
            if (world_.below(2) == 0)
                client_->command({"PING", word}, [check](const Answer& got) { check(*got); });
            else
                client_->command_then_wait(
                    {"EVAL", "redis.call('INCR', 'n') return ARGV[1]", "0", word}, 1, 50ms,
                    [check](const auto& got) { check(got->reply); });
            world_.run_for(std::chrono::microseconds{world_.below(1'500)});
        }
        world_.run_for(100ms);
        ASSERT_EQ(*asked, 8) << "round " << round;
    }
}

TEST_F(SimulatedRedisTest, WhatWasAnsweredIsThereAfterAKill) {
    for (int i = 0; i < 50; ++i) {
        const auto number = run({"INCR", "n"});
        ASSERT_TRUE(number.has_value());
        redis_.kill(0);
        world_.run_for(2ms);
        EXPECT_FALSE(client_->is_connected());
        redis_.start(0);
        ASSERT_TRUE(is_connected());
        EXPECT_EQ(stored("n"), std::to_string(*number->integer()));
    }
}

TEST_F(SimulatedRedisTest, WhatWasNotAnsweredIsThereOrNot) {
    int there = 0;
    for (int i = 0; i < 100; ++i) {
        const auto before = std::stoi("0" + stored("n"));
        const auto answer = send({"INCR", "n"});
        world_.run_for(std::chrono::microseconds{300 + 10 * i});
        if (answer->has_value()) continue;
        redis_.kill(0);
        redis_.start(0);
        world_.run_for(3s);
        ASSERT_TRUE(answer->has_value());
        const auto after = std::stoi("0" + stored("n"));
        EXPECT_TRUE(after == before || after == before + 1);
        // An answer that was on its way when Redis died comes all the same.
        if (**answer) {
            EXPECT_EQ(after, before + 1);
            continue;
        }
        EXPECT_EQ((*answer)->error().kind, RedisError::disconnected);
        there += after - before;
    }
    EXPECT_GT(there, 5);
    EXPECT_LT(there, 95);
}

TEST_F(SimulatedRedisTest, AFailoverKeepsWhatWaitHasCounted) {
    EXPECT_EQ(replicas_of({"SET", "a", "1"}), 1);
    redis_.cut_replica(1);
    EXPECT_EQ(replicas_of({"SET", "a", "2"}), 0);
    redis_.kill(0);
    world_.run_for(2ms);
    ASSERT_TRUE(redis_.fail_over());
    EXPECT_EQ(redis_.primary(), 1U);
    EXPECT_EQ(stored("a"), "1") << "what no replica has is lost";
    ASSERT_TRUE(is_connected());
    EXPECT_EQ(*run({"GET", "a"})->string(), "1");

    redis_.heal();
    world_.run_for(5s);
    EXPECT_EQ(replicas_of({"SET", "a", "3"}), 1) << "the old primary is a replica now";
    EXPECT_EQ(*redis_.data_of_replica(0).execute({"GET", "a"}).string(), "3");
}

TEST_F(SimulatedRedisTest, TheOldPrimaryGoesOnUntilItIsDeposed) {
    EXPECT_EQ(replicas_of({"SET", "a", "1"}), 1);
    ASSERT_TRUE(redis_.fail_over());
    const auto answer = send({"SET", "a", "lost"});
    world_.run_for(5ms);
    ASSERT_TRUE(answer->has_value() && (*answer)->has_value()) << "it still answers";
    EXPECT_EQ(stored("a"), "1");
    world_.run_for(5s);
    const auto read = run({"GET", "a"});
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(*read->string(), "1");
}

TEST_F(SimulatedRedisTest, TheOldPrimaryIsDeposedAlsoWhereTheNewOneDiesMeanwhile) {
    for (int round = 0; round < 8; ++round) {
        const auto value = std::to_string(round);
        EXPECT_EQ(replicas_of({"SET", "a", value}), 1) << round;
        ASSERT_TRUE(redis_.fail_over()) << round;
        redis_.kill(redis_.primary());
        redis_.start(redis_.primary());
        world_.run_for(5s);
        ASSERT_TRUE(is_connected());
        ASSERT_TRUE(run({"SET", "b", value}).has_value());
        EXPECT_EQ(stored("b"), value) << round;
    }
}

TEST_F(SimulatedRedisTest, AFrozenOneAnswersLaterAndTheClientLooksElsewhere) {
    redis_.freeze(0);
    const auto answer = send({"SET", "a", "1"});
    world_.run_for(1900ms);
    EXPECT_FALSE(answer->has_value());
    world_.run_for(200ms);
    ASSERT_TRUE(answer->has_value());
    EXPECT_EQ((*answer)->error().kind, RedisError::disconnected);
    EXPECT_FALSE(client_->is_connected());
    redis_.thaw(0);
    ASSERT_TRUE(is_connected());
}

TEST_F(SimulatedRedisTest, AFullOneRefusesWithRedisOwnError) {
    redis_.set_full(true);
    EXPECT_EQ(run({"SET", "a", "1"}).error().kind, RedisError::out_of_memory);
    EXPECT_EQ(run({"EVAL", "return redis.call('SET', 'a', 1)", "0"}).error().kind,
              RedisError::out_of_memory);
    redis_.set_full(false);
    EXPECT_TRUE(run({"SET", "a", "1"}).has_value());
}

TEST_F(SimulatedRedisTest, ACutLineDeliversWhenItIsHealed) {
    redis_.cut_client("test");
    const auto answer = send({"SET", "a", "1"});
    world_.run_for(500ms);
    EXPECT_EQ(stored("a"), "");
    redis_.heal_client("test");
    world_.run_for(5ms);
    EXPECT_EQ(stored("a"), "1");
    EXPECT_TRUE(answer->has_value());
}

TEST_F(SimulatedRedisTest, ASlowDiskDelaysTheAnswer) {
    redis_.set_fsync({300ms, 300ms});
    const auto answer = send({"SET", "a", "1"});
    world_.run_for(299ms);
    EXPECT_FALSE(answer->has_value());
    world_.run_for(5ms);
    EXPECT_TRUE(answer->has_value());
}

/// Also beyond the point where the history's old part is let go.
TEST_F(SimulatedRedisTest, AReplicaHoldsWhatThePrimaryHolds) {
    for (int i = 0; i < 5'000; ++i) {
        send({"SADD", "s", std::to_string(i)});
        send({"XADD", "log", "MAXLEN", "~", "150", "*", "n", std::to_string(i)});
        if (i % 20 == 0) world_.run_for(10ms);
    }
    world_.run_for(1s);
    auto replica = redis_.data_of_replica(1);
    for (const redis::Args& ask :
         {redis::Args{"SMEMBERS", "s"}, redis::Args{"XRANGE", "log", "-", "+"}})
        EXPECT_EQ(replica.execute(ask), redis_.data().execute(ask));
}

TEST_F(SimulatedRedisTest, TheSameSeedIsTheSameRun) {
    const auto fingerprint = [](std::uint64_t seed) {
        EventWorld world{seed};
        SimulatedRedis redis{world.environment(), RedisSettings{}};
        const auto client = redis.connect("one");
        std::string seen;
        for (int i = 0; i < 200; ++i) {
            client->command({"EVAL", "return {redis.call('INCR', 'n'), redis.call('TIME')}", "0"},
                            [&seen](const Answer& got) {
                                seen += got ? std::string{(*got->array())[1].string_at(1)} : "-";
                            });
            world.run_for(std::chrono::milliseconds{world.below(50)});
            switch (world.below(20)) {
                case 0: redis.kill(redis.primary()); break;
                case 1: redis.fail_over(); break;
                case 2: redis.freeze(redis.primary()); break;
                default: break;
            }
            if (world.below(5) == 0) redis.heal();
        }
        return seen;
    };
    EXPECT_EQ(fingerprint(1), fingerprint(1));
    EXPECT_NE(fingerprint(1), fingerprint(2));
}

}  // namespace
}  // namespace simulation
