#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "ask.h"
#include "redis/cluster_client.h"
#include "support/loop.h"
#include "support/redis_cluster.h"

namespace redis {
namespace {

using namespace std::chrono_literals;
using test_support::RedisCluster;
using test_support::RedisServer;
using test_support::run_until;

class ClusterClientTest : public testing::Test {
  protected:
    using Answer = base::Result<Reply, Error>;

    ClientConfig config() const {
        ClientConfig config;
        config.cluster = cluster_.addresses();
        config.backoff_min = 5ms;
        config.backoff_max = 50ms;
        return config;
    }
    /// For tests in which time is not the point.
    ClientConfig patient() const {
        auto patient = config();
        patient.command_timeout = 30s;
        return patient;
    }
    Answer ask(Client& client, const Args& args) { return redis::ask(io_, client, args); }
    base::Result<Replicated, Error> ask_and_wait(Client& client, const Args& args) {
        std::optional<base::Result<Replicated, Error>> answer;
        client.command_then_wait(args, 1, 1s,
                                 [&answer](auto result) { answer = std::move(result); });
        EXPECT_TRUE(run_until(io_, [&answer] { return answer.has_value(); }));
        return std::move(*answer);
    }

    /// Turns the loop for so long.
    void turn(std::chrono::milliseconds time) {
        const auto end = clock_.steady_now() + time;
        run_until(io_, [&] { return clock_.steady_now() >= end; });
    }

    RedisCluster cluster_{};
    boost::asio::io_context io_{};
    base::SystemClock clock_{};
    base::SeededRandom random_{3};
};

TEST_F(ClusterClientTest, SendsEachCommandWhereItsKeyIs) {
    ClusterClient client{io_, config(), clock_, random_};
    for (int i = 0; i < 16; ++i) {
        const auto key = "{p" + std::to_string(i) + "}:log";
        ASSERT_TRUE(ask(client, {"SET", key, std::to_string(i)}).has_value());
        EXPECT_EQ(cluster_.primary_of(key).run({"GET", key}), Reply{std::to_string(i)});
    }
    EXPECT_TRUE(client.is_connected());
    EXPECT_EQ(client.stats().connections, 3U);
    EXPECT_EQ(client.stats().pending, 0U);
    EXPECT_TRUE(ask(client, {"TIME"}).has_value());
    EXPECT_EQ(ask(client, {"KEYS", "*"}).error().kind, RedisError::error_reply);
    EXPECT_EQ(ask(client, {"MGET", "{p0}:log", "{p1}:log"}).error().kind, RedisError::error_reply);
    // A script is known to those nodes alone that have run it.
    const Script script{"return redis.call('INCR', KEYS[1])"};
    for (const auto* key : {"{p0}:n", "{p1}:n", "{p2}:n", "{p0}:n"}) {
        std::optional<Answer> answer;
        eval(client, script, {key}, {}, [&answer](auto result) { answer = std::move(result); });
        ASSERT_TRUE(run_until(io_, [&answer] { return answer.has_value(); }));
        ASSERT_TRUE(answer->has_value()) << answer->error().text;
    }
    // The replica of that primary, and no other, has acknowledged it.
    EXPECT_EQ(ask_and_wait(client, {"SET", "{p3}:k", "v"})->replicas, 1);
    EXPECT_EQ(cluster_.replica_of(cluster_.primary_of("{p3}"))
                  .run({"EXISTS", "{p3}:k"})
                  .error()
                  ->text.substr(0, 5),
              "MOVED");
}

TEST_F(ClusterClientTest, OneNodeThatIsNotNamedAsAClusterSaysSo) {
    ClientConfig config;
    config.address = cluster_.other_primary("{p0}").address();
    HiredisClient client{io_, config, clock_, random_};
    const auto answer = ask(client, {"GET", "{p0}:k"});
    ASSERT_FALSE(answer.has_value());
    EXPECT_EQ(answer.error().kind, RedisError::error_reply);
    EXPECT_NE(answer.error().text.find("a node of a cluster"), std::string::npos);
}

TEST_F(ClusterClientTest, OneSeedIsEnoughAndAConnectionForEachPrimaryThatIsNeeded) {
    auto one = config();
    one.cluster = {cluster_.replica_of(cluster_.primary_of("{p0}")).address()};
    ClusterClient client{io_, one, clock_, random_};
    EXPECT_FALSE(client.is_connected());
    ASSERT_TRUE(ask(client, {"SET", "{p0}:k", "v"}).has_value());
    EXPECT_EQ(client.stats().connections, 1U);
    EXPECT_TRUE(client.is_connected());
}

TEST_F(ClusterClientTest, ScansAllPrimaries) {
    ClusterClient client{io_, config(), clock_, random_};
    std::set<std::string> wanted;
    for (int i = 0; i < 300; ++i) {
        const auto key = "{p" + std::to_string(i % 16) + "}:ch:" + std::to_string(i);
        ASSERT_TRUE(ask(client, {"SET", key, "v"}).has_value());
        wanted.insert(key);
    }
    ASSERT_TRUE(ask(client, {"SET", "{p0}:log", "v"}).has_value());
    std::set<std::string> found;
    std::string cursor = "0";
    int pages = 0;
    do {
        const auto page = ask(client, {"SCAN", cursor, "MATCH", "{p*}:ch:*", "COUNT", "20"});
        ASSERT_TRUE(page.has_value()) << page.error().text;
        for (const auto& key : *(*page->array())[1].array()) found.insert(*key.string());
        cursor = page->string_at(0);
        ++pages;
    } while (cursor != "0");
    EXPECT_EQ(found, wanted);
    EXPECT_GT(pages, 6);

    const auto page = ask(client, {"SCAN", "0", "COUNT", "10"});
    ASSERT_TRUE(page.has_value());
    auto& from = cluster_.primary_of("{p0}");
    auto& to = cluster_.other_primary("{p0}");
    cluster_.begin_migration(slot_of("{p0}"), from, to);
    cluster_.end_migration(slot_of("{p0}"), from, to);
    ASSERT_TRUE(ask(client, {"GET", "{p0}:log"}).has_value());
    const auto gone = ask(client, {"SCAN", std::string{page->string_at(0)}});
    ASSERT_FALSE(gone.has_value()) << "keys may have passed it by";
    EXPECT_NE(gone.error().text.find("from its beginning"), std::string::npos);
}

TEST_F(ClusterClientTest, FollowsASlotInEveryStepOfItsMove) {
    ClusterClient client{io_, config(), clock_, random_};
    const auto slot = slot_of("{p5}");
    auto& from = cluster_.primary_of("{p5}");
    auto& to = cluster_.other_primary("{p5}");
    for (const auto* key : {"{p5}:a", "{p5}:b", "{p5}:c"})
        ASSERT_TRUE(ask(client, {"SET", key, "1"}).has_value());
    cluster_.begin_migration(slot, from, to);
    cluster_.migrate_keys({"{p5}:a"}, from, to);
    // Here, there, and nowhere yet: ASK for the latter two, also with WAIT behind.
    EXPECT_EQ(*ask(client, {"INCR", "{p5}:b"})->integer(), 2);
    EXPECT_EQ(*ask(client, {"INCR", "{p5}:a"})->integer(), 2);
    const auto replicated = ask_and_wait(client, {"SET", "{p5}:d", "1"});
    ASSERT_TRUE(replicated.has_value());
    EXPECT_EQ(replicated->replicas, 1);
    EXPECT_EQ(from.run({"GET", "{p5}:d"}).error()->text.substr(0, 4), "ASK ");

    // A script that names keys on both sides waits, and what is given after it does not overtake
    // it.
    const Script both{"redis.call('INCR', KEYS[1]) return redis.call('INCR', KEYS[2])"};
    std::vector<std::string> order;
    std::optional<Answer> sum;
    client.command({"EVAL", *both.text, "2", "{p5}:a", "{p5}:b"}, [&](auto result) {
        order.push_back("script");
        sum = std::move(result);
    });
    client.command({"GET", "{p5}:b"}, [&](auto result) {
        ASSERT_TRUE(result.has_value());
        order.push_back("b=" + *result->string());
    });
    turn(100ms);
    client.command({"GET", "{p5}:a"}, [&](auto result) {
        ASSERT_TRUE(result.has_value());
        order.push_back("a=" + *result->string());
    });
    turn(300ms);
    EXPECT_FALSE(sum.has_value());
    cluster_.end_migration(slot, from, to);
    ASSERT_TRUE(run_until(io_, [&] { return order.size() == 3; }));
    ASSERT_TRUE(sum->has_value()) << sum->error().text;
    // The second was under way with the script when the first answer came; the third was not.
    EXPECT_EQ(order.back(), "a=3");
    EXPECT_EQ(*ask(client, {"GET", "{p5}:b"})->string(), "3");
    EXPECT_EQ(*ask(client, {"INCR", "{p5}:c"})->integer(), 2);
    EXPECT_EQ(cluster_.primary_of("{p5}").port(), to.port());
}

TEST_F(ClusterClientTest, ASlotThatStandsStillCostsACommandItsTimeAndNoMore) {
    auto hasty = config();
    hasty.command_timeout = 300ms;
    ClusterClient client{io_, hasty, clock_, random_};
    ASSERT_TRUE(ask(client, {"SET", "{p5}:a", "1"}).has_value());
    auto& from = cluster_.primary_of("{p5}");
    auto& to = cluster_.other_primary("{p5}");
    cluster_.begin_migration(slot_of("{p5}"), from, to);
    cluster_.migrate_keys({"{p5}:a"}, from, to);
    const auto begun = clock_.steady_now();
    const auto answer = ask(client, {"EXISTS", "{p5}:a", "{p5}:none"});
    ASSERT_FALSE(answer.has_value());
    EXPECT_EQ(answer.error().kind, RedisError::disconnected);
    EXPECT_NE(answer.error().text.find("TRYAGAIN"), std::string::npos) << answer.error().text;
    EXPECT_GE(clock_.steady_now() - begun, 300ms);
    // Another slot of the same nodes, and this one after it.
    EXPECT_TRUE(ask(client, {"SET", "{p5}:a", "2"}).has_value());
    EXPECT_EQ(client.stats().losses, 0U);
    EXPECT_EQ(client.stats().pending, 0U);
}

TEST_F(ClusterClientTest, KeepsTheOrderOfASlotThatMovesUnderLoad) {
    ClusterClient client{io_, patient(), clock_, random_};
    std::map<std::string, std::vector<std::string>> read;
    const auto slot = slot_of("{p5}");
    auto* from = &cluster_.primary_of("{p5}");
    auto* to = &cluster_.other_primary("{p5}");
    int answered = 0;
    int given = 0;
    const auto give = [&](int count) {
        for (int i = 0; i < count; ++i)
            client.command({"APPEND", "{p5}:order", std::to_string(given++) + " "},
                           [&](auto result) {
                               EXPECT_TRUE(result.has_value()) << result.error().text;
                               ++answered;
                           });
    };
    for (int round = 0; round < 3; ++round) {
        give(200);
        turn(1ms);
        cluster_.begin_migration(slot, *from, *to);
        give(200);
        turn(1ms);
        cluster_.end_migration(slot, *from, *to);
        give(200);
        ASSERT_TRUE(run_until(io_, [&] { return answered == given; }));
        std::swap(from, to);
    }
    std::string wanted;
    for (int i = 0; i < given; ++i) wanted += std::to_string(i) + " ";
    EXPECT_EQ(*ask(client, {"GET", "{p5}:order"})->string(), wanted);
}

TEST_F(ClusterClientTest, WhatIsGivenAfterAMoveWaitsForWhatTheOldPlaceHasNotAnswered) {
    ClusterClient client{io_, patient(), clock_, random_};
    ASSERT_TRUE(ask(client, {"SET", "{p5}:order", ""}).has_value());
    std::vector<bool> changes;
    client.on_change([&changes](bool is_connected) { changes.push_back(is_connected); });
    auto& from = cluster_.primary_of("{p5}");
    auto& to = cluster_.other_primary("{p5}");
    cluster_.begin_migration(slot_of("{p5}"), from, to);
    cluster_.end_migration(slot_of("{p5}"), from, to);
    from.freeze();
    int answered = 0;
    const auto give = [&](const char* what) {
        client.command({"APPEND", "{p5}:order", what}, [&](auto result) {
            EXPECT_TRUE(result.has_value()) << result.error().text;
            ++answered;
        });
    };
    give("1 ");
    // Another node says where the slot is now, before the old place sends the first one there.
    client.reconnect();
    ASSERT_TRUE(run_until(io_, [&] { return changes == std::vector{false, true}; }));
    give("2 ");
    turn(100ms);
    EXPECT_EQ(answered, 0);
    from.thaw();
    ASSERT_TRUE(run_until(io_, [&] { return answered == 2; }));
    EXPECT_EQ(*ask(client, {"GET", "{p5}:order"})->string(), "1 2 ");
}

TEST_F(ClusterClientTest, FindsThePrimaryAfterAFailover) {
    ClusterClient client{io_, patient(), clock_, random_};
    for (int i = 0; i < 16; ++i)
        ASSERT_TRUE(
            ask_and_wait(client, {"SET", "{p" + std::to_string(i) + "}:k", "v"}).has_value());
    auto& victim = cluster_.primary_of("{p5}");
    const auto& heir = cluster_.replica_of(victim);
    std::string elsewhere;
    for (int i = 0; i < 16 && elsewhere.empty(); ++i)
        if (const auto key = "{p" + std::to_string(i) + "}:k"; &cluster_.primary_of(key) != &victim)
            elsewhere = key;
    std::vector<bool> changes;
    client.on_change([&changes](bool is_connected) { changes.push_back(is_connected); });
    victim.kill();
    ASSERT_TRUE(run_until(io_, [&] { return !changes.empty(); }));
    std::optional<Answer> late;
    client.command({"SET", "{p5}:k", "v"}, [&late](auto result) { late = std::move(result); });
    EXPECT_TRUE(ask(client, {"SET", elsewhere, "w"}).has_value());
    EXPECT_FALSE(late.has_value()) << "nobody else waits for it";

    cluster_.set_node_timeout(1s);
    const auto killed = clock_.steady_now();
    ASSERT_TRUE(run_until(
        io_,
        [&] {
            return ask(client, {"SET", "{p5}:k", "w"}).has_value();
        },
        30s));
    EXPECT_EQ(heir.run({"GET", "{p5}:k"}), Reply{"w"});
    EXPECT_TRUE(client.is_connected());
    EXPECT_EQ(changes, (std::vector{false, true}));
    EXPECT_TRUE(late.has_value()) << "what was given first was answered first";
    RecordProperty("failover_ms", static_cast<int>((clock_.steady_now() - killed) / 1ms));

    // The old one is back as a replica, and is asked no more.
    victim.start();
    ASSERT_TRUE(run_until(
        io_, [&] { return cluster_.is_whole(); }, 30s));
    EXPECT_EQ(ask_and_wait(client, {"SET", "{p5}:k", "x"})->replicas, 1);
    EXPECT_EQ(client.stats().pending, 0U);
}

TEST_F(ClusterClientTest, APrimaryThatIsFrozenIsLeftAndWakesUpDeposed) {
    auto hasty = config();
    hasty.command_timeout = 500ms;
    ClusterClient client{io_, hasty, clock_, random_};
    ASSERT_TRUE(ask_and_wait(client, {"SET", "{p5}:k", "v"}).has_value());
    auto& victim = cluster_.primary_of("{p5}");
    cluster_.set_node_timeout(1s);
    victim.freeze();
    const auto lost = ask(client, {"SET", "{p5}:k", "into the void"});
    ASSERT_FALSE(lost.has_value());
    EXPECT_EQ(lost.error().kind, RedisError::disconnected);
    ASSERT_TRUE(run_until(
        io_,
        [&] {
            return ask(client, {"SET", "{p5}:k", "w"}).has_value();
        },
        30s));
    victim.thaw();
    for (int i = 0; i < 20; ++i) {
        ASSERT_EQ(*ask(client, {"GET", "{p5}:k"})->string(), "w");
        turn(20ms);
    }
    ASSERT_TRUE(run_until(
        io_, [&] { return cluster_.is_whole(); }, 30s));
    EXPECT_EQ(*ask(client, {"GET", "{p5}:k"})->string(), "w");
}

TEST(ClusterClient, SaysWhyThereIsNoCluster) {
    RedisServer alone;
    boost::asio::io_context io;
    base::SystemClock clock;
    base::SeededRandom random{3};
    ClientConfig config;
    config.cluster = {alone.address()};
    config.command_timeout = 300ms;
    ClusterClient client{io, config, clock, random};
    const auto ask = [&io](Client& of) {
        std::optional<base::Result<Reply, Error>> answer;
        of.command({"GET", "k"}, [&answer](auto result) { answer = std::move(result); });
        EXPECT_TRUE(run_until(io, [&answer] { return answer.has_value(); }));
        return answer->error();
    };
    const auto error = ask(client);
    EXPECT_EQ(error.kind, RedisError::disconnected);
    EXPECT_NE(error.text.find("cluster support disabled"), std::string::npos) << error.text;
    EXPECT_FALSE(client.is_connected());

    config.pending_max = 2;
    ClusterClient narrow{io, config, clock, random};
    narrow.command_then_wait({"SET", "k", "v"}, 1, 1s, [](const auto&) {});
    EXPECT_EQ(ask(narrow).kind, RedisError::overloaded);
}

}  // namespace
}  // namespace redis
