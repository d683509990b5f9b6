#include <gtest/gtest.h>

#include "ledger/keys.h"
#include "simulation/redis/both_redises.h"
#include "simulation/redis/ledger_traffic.h"

namespace simulation {
namespace {

/// A calendar that mostly creeps, and at times jumps, also back.
std::int64_t some_time(base::Random& random) {
    const auto drawn = random.next_u64() % 100;
    const auto amount = static_cast<std::int64_t>(random.next_u64() % 1'000);
    if (drawn == 0) return -amount * 100;
    if (drawn < 5) return amount * 1'000;
    if (drawn == 5) return 60'000'000;
    return amount * 10;
}

class Differential : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Differential, ARealRedisAnswersAndHoldsTheSame) {
    base::SeededRandom random{GetParam()};
    BothRedises redis;
    LedgerTraffic traffic{redis, random};
    std::map<std::string, int> met;
    for (const auto& kind : LedgerTraffic::kinds()) met[kind] = 0;
    for (int step = 0; step < 400; ++step) {
        redis.advance(some_time(random));
        if (random.next_u64() % 50 == 0) redis.set_full(random.next_u64() % 2 == 0);
        if (random.next_u64() % 200 == 0) redis.set_lacks_replicas(random.next_u64() % 3 == 0);
        const auto what = traffic.step();
        ++met[what];
        redis.turn();
        redis.compare_keys();
        ASSERT_FALSE(redis.difference())
            << "step " << step << ", " << what << ": " << *redis.difference();
    }
    for (const auto& [what, times] : met) EXPECT_GT(times, 0) << what;
}

INSTANTIATE_TEST_SUITE_P(Seeds, Differential, testing::Range<std::uint64_t>(1, 6));

/// A script that asks for a server's refusal in each place where the pool's could meet it.
TEST(DifferentialErrors, AReplicaRefusesWritesAsARealOneDoes) {
    BothRedises redis;
    redis.execute({"SET", "a", "1"});
    redis.real().execute({"REPLICAOF", "127.0.0.1", "1"});
    redis.store().set_rules({.is_replica = true});
    redis.execute({"SET", "a", "2"});
    redis.execute({"GET", "a"});
    redis.execute({"EVAL", "return redis.call('SET', KEYS[1], 2)", "1", "a"});
    redis.execute({"EVAL", "return redis.pcall('SET', KEYS[1], 2)", "1", "a"});
    redis.execute({"EVAL", "return redis.call('GET', KEYS[1])", "1", "a"});
    EXPECT_FALSE(redis.difference()) << *redis.difference();
}

TEST(DifferentialErrors, AFullRedisRefusesOnlyTheFirstWriteOfAScript) {
    BothRedises redis;
    redis.execute({"SET", "a", "1"});
    redis.set_full(true);
    redis.execute({"SET", "a", "2"});
    redis.execute({"DEL", "none"});
    redis.execute({"EVAL", "redis.call('GET', 'a') return redis.call('SET', 'a', 2)", "1", "a"});
    redis.execute({"EVAL", "redis.call('DEL', 'none') return redis.call('SET', 'a', 3)", "1", "a"});
    redis.execute({"EVAL", "return redis.pcall('HSET', 'h', 'f', 'v')", "1", "h"});
    redis.compare_keys();
    EXPECT_FALSE(redis.difference()) << *redis.difference();
    EXPECT_EQ(redis.store().execute({"GET", "a"}), redis::Reply{"3"});
}

/// Each of them happens to the simulated Redis alone, in the middle of a run.
TEST(DifferentialPlanted, ADifferenceIsSeen) {
    const struct {
        const char* what;
        redis::Args args;
    } planted[] = {
        {"a share is forgotten", {"FLUSHALL"}},
        {"a counter is one off", {"INCRBY", ledger::keys::log_bytes(0), "1"}},
        {"a field is changed", {"HSET", ledger::keys::gateways(0), "1:replays", "77"}},
        {"the log is trimmed", {"XTRIM", ledger::keys::log(0), "MAXLEN", "~", "0", "LIMIT", "0"}},
        {"a key expires", {"PEXPIRE", ledger::keys::tips(0), "100000"}},
        {"somebody is banned", {"HINCRBY", "{pool}:bans", "version", "1"}},
    };
    for (const auto& [what, args] : planted) {
        base::SeededRandom random{5};
        BothRedises redis;
        LedgerTraffic traffic{redis, random};
        for (int step = 0; step < 60; ++step) {
            redis.advance(1'000);
            traffic.step();
            redis.turn();
        }
        redis.compare_keys();
        ASSERT_FALSE(redis.difference()) << *redis.difference();
        redis.store().execute(args);
        redis.compare_keys();
        EXPECT_TRUE(redis.difference()) << what;
    }
}

/// What only replies show: the times that a script tells, and nothing that is kept.
TEST(DifferentialPlanted, AClockThatIsAMicrosecondOffIsSeen) {
    BothRedises redis;
    redis.execute({"TIME"});
    ASSERT_FALSE(redis.difference());
    redis.real().set_time(redis.now_us() + 1);
    redis.execute({"TIME"});
    EXPECT_TRUE(redis.difference());
}

}  // namespace
}  // namespace simulation
