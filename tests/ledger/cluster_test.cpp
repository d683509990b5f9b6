// The ledger on a Redis Cluster, while a partition's slot moves from one primary to another.

#include <gtest/gtest.h>

#include "fixture.h"
#include "ledger/readers.h"
#include "redis/cluster_client.h"
#include "redis/slot.h"
#include "support/redis_cluster.h"

namespace ledger {
namespace {

using namespace std::chrono_literals;
using test_support::RedisCluster;
using test_support::RedisServer;

class LedgerOnACluster : public testing::Test {
  protected:
    using Answer = base::Result<Committed, LedgerError>;
    static constexpr std::uint32_t partition = 5;

    redis::ClientConfig config() const {
        redis::ClientConfig config;
        config.cluster = cluster_.addresses();
        // Longer than any of these steps takes, shorter than anybody waits.
        config.command_timeout = 1s;
        return config;
    }
    Answer commit(const Commit& what) {
        std::optional<Answer> answer;
        ledger_.commit(what, [&answer](Answer got) { answer = std::move(got); });
        EXPECT_TRUE(test_support::run_until(io_, [&answer] { return answer.has_value(); }));
        return std::move(*answer);
    }
    static Commit batch_of(std::uint64_t sequence, const std::vector<std::uint32_t>& shares) {
        auto commit = batch(1, sequence, shares);
        commit.partition = partition;
        commit.changes = {ChannelOpened{mining::ChannelKey{sequence}, {{"kind", "extended"}}}};
        return commit;
    }
    std::vector<std::string> keys_of(const RedisServer& node) const {
        std::vector<std::string> keys;
        const auto found =
            RedisCluster::run(node, {"CLUSTER", "GETKEYSINSLOT", std::to_string(slot_), "10000"});
        for (const auto& key : *found.array()) keys.push_back(*key.string());
        std::sort(keys.begin(), keys.end());
        return keys;
    }

    const std::uint16_t slot_ = redis::slot_of(keys::partition_prefix(partition));
    RedisCluster cluster_{};
    boost::asio::io_context io_{};
    base::SystemClock clock_{};
    base::SeededRandom random_{7};
    redis::ClusterClient client_{io_, config(), clock_, random_};
    Ledger ledger_{client_, LedgerSettings{.durability = {.replicas = 1, .wait_timeout = 500ms}}};
};

TEST_F(LedgerOnACluster, CommitsABatchWhollyOrNotAtAllWhileItsSlotMoves) {
    const auto first = commit(batch_of(1, {1, 2, 3}));
    ASSERT_TRUE(first.has_value());
    auto& from = cluster_.primary_of(keys::gateways(partition));
    auto& to = cluster_.other_primary(keys::gateways(partition));
    // With a reader all five of a partition's fixed keys are there, and move.
    RedisCluster::run(from, {"HSET", keys::readers(partition), "exporter", "required 0-0"});
    const auto before = keys_of(from);

    cluster_.begin_migration(slot_, from, to);
    // Nothing has moved: the batch would make keys, and none may be made on this side any more.
    const auto again = batch_of(2, {3, 4, 5});
    EXPECT_EQ(commit(again).error(), LedgerError::unavailable);
    EXPECT_EQ(keys_of(from), before);
    EXPECT_TRUE(keys_of(to).empty());

    // All but the sets of shares: what counts duplicates is on the other side.
    cluster_.migrate_keys({keys::gateways(partition), keys::log(partition), keys::tips(partition),
                           keys::readers(partition), keys::log_bytes(partition)},
                          from, to);
    const auto moved = keys_of(to);
    EXPECT_EQ(moved.size(), 5U);
    EXPECT_EQ(commit(again).error(), LedgerError::unavailable);
    EXPECT_EQ(keys_of(to), moved);

    cluster_.end_migration(slot_, from, to);
    const auto second = commit(again);
    ASSERT_TRUE(second.has_value());
    EXPECT_FALSE(second->is_replay) << "nothing of the earlier attempts was written";
    EXPECT_EQ(second->duplicates, flags("100"));
    EXPECT_EQ(RedisCluster::run(to, {"XLEN", keys::log(partition)}), redis::Reply{2});
    const auto replay = commit(again);
    ASSERT_TRUE(replay.has_value());
    EXPECT_TRUE(replay->is_replay);
    EXPECT_EQ(replay->duplicates, flags("100"));
}

/// Why the scripts name their keys: Redis 7.0 cuts one short at the first that it does not expect.
TEST_F(LedgerOnACluster, AKeyThatIsNotNamedWouldCutAScriptShort) {
    auto& from = cluster_.primary_of("{p5}:a");
    auto& to = cluster_.other_primary("{p5}:a");
    RedisCluster::run(from, {"SET", "{p5}:a", "1"});
    cluster_.begin_migration(slot_, from, to);
    const auto reply =
        from.run({"EVAL", "redis.call('INCR', KEYS[1]) redis.call('INCR', '{p5}:b') return 1", "1",
                  "{p5}:a"});
    ASSERT_NE(reply.error(), nullptr);
    EXPECT_EQ(from.run({"GET", "{p5}:a"}), redis::Reply{"2"}) << "half of it was done";
    const auto named =
        from.run({"EVAL", "redis.call('INCR', KEYS[1]) redis.call('INCR', KEYS[2]) return 1", "2",
                  "{p5}:a", "{p5}:b"});
    ASSERT_NE(named.error(), nullptr);
    EXPECT_EQ(from.run({"GET", "{p5}:a"}), redis::Reply{"2"}) << "none of it was";
}

/// What a tip leaves when it is over is not named: there are a thousand keys of it.
TEST_F(LedgerOnACluster, ForgetsATipLaterWhenItsSharesAreOnTheirWay) {
    ASSERT_TRUE(commit(batch_of(1, {1, 2, 3})).has_value());
    auto& from = cluster_.primary_of(keys::gateways(partition));
    auto& to = cluster_.other_primary(keys::gateways(partition));
    RedisCluster::run(from, {"HSET", keys::readers(partition), "exporter", "required 0-0"});
    cluster_.begin_migration(slot_, from, to);
    // It needs no key that is not there: this batch can be committed, and the tip is over.
    auto quiet = batch(1, 2, {});
    quiet.partition = partition;
    quiet.live_tips = {tip_b};
    const auto answer = commit(quiet);
    ASSERT_TRUE(answer.has_value());
    EXPECT_FALSE(answer->is_replay);
    const auto seen = [&](const RedisServer& node) {
        std::size_t count = 0;
        for (const auto& key : keys_of(node)) count += key.find(":seen:") != std::string::npos;
        return count;
    };
    EXPECT_EQ(seen(from), 3U);
    cluster_.end_migration(slot_, from, to);
    EXPECT_EQ(seen(to), 3U);
    quiet.sequence = 3;
    ASSERT_TRUE(commit(quiet).has_value());
    EXPECT_EQ(seen(to), 0U);
    EXPECT_EQ(RedisCluster::run(to, {"HGET", keys::tips(partition), "1"}),
              redis::Reply{keys::tip_name(tip_b)});
}

}  // namespace
}  // namespace ledger
