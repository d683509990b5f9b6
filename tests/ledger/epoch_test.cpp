#include "ledger/epoch.h"

#include <set>

#include "fixture.h"

namespace ledger {
namespace {

using Taken = base::Result<TakenEpoch, std::string>;

class EpochTest : public LedgerTest {
  protected:
    Taken take(EpochKind kind = EpochKind::gateway, const Durability& durability = {}) {
        return await<Taken>(
            [&](auto done) { take_epoch(client_, kind, durability, std::move(done)); });
    }
};

TEST_F(EpochTest, FiftyTakenAtOnceAreDistinctAndNoneIsUsableBeforeItsTime) {
    std::vector<TakenEpoch> taken;
    int answers = 0;
    for (int i = 0; i < 50; ++i)
        take_epoch(client_, EpochKind::gateway, {}, [&](const Taken& result) {
            ++answers;
            ASSERT_TRUE(result.has_value()) << result.error();
            taken.push_back(*result);
        });
    ASSERT_TRUE(test_support::run_until(io_, [&answers] { return answers == 50; }));
    ASSERT_EQ(taken.size(), 50U);
    const auto now_us = redis_now_us();
    std::set<std::uint64_t> distinct;
    for (const auto& [epoch, usable_after] : taken) {
        distinct.insert(epoch.value);
        // Who waits as told sees Redis' clock past the epoch's tick.
        EXPECT_GE(now_us + usable_after.count(),
                  static_cast<std::int64_t>(epoch.value + 1) * 4'000);
        EXPECT_LE(usable_after, std::chrono::milliseconds{4 * 51});
    }
    EXPECT_EQ(distinct.size(), 50U);
}

TEST_F(EpochTest, ARedisThatLostItsMemoryRepeatsNoEpochThatWasUsed) {
    auto last = *take();
    for (int i = 0; i < 20; ++i) {
        // As its owner does before using it.
        const auto usable_at = redis_now_us() + last.usable_after.count();
        ASSERT_TRUE(test_support::run_until(io_, [&] { return redis_now_us() >= usable_at; }));
        server_.run({"FLUSHALL"});
        const auto next = *take();
        EXPECT_GT(next.epoch, last.epoch);
        last = next;
    }
}

TEST_F(EpochTest, AnEpochIsTheTickOfRedisClock) {
    for (int i = 0; i < 5; ++i) {
        const auto before = redis_now_us();
        const auto taken = take();
        const auto after = redis_now_us();
        EXPECT_GE(taken->epoch.value, static_cast<std::uint64_t>(before / 4'000));
        EXPECT_LE(taken->epoch.value, static_cast<std::uint64_t>(after / 4'000));
        EXPECT_LE(taken->usable_after, std::chrono::milliseconds{4});
        server_.run({"DEL", keys::epochs});
    }
}

TEST_F(EpochTest, AClockThatWentBackDoesNotTakeTheEpochsBack) {
    const auto ahead = static_cast<std::uint64_t>(redis_now_us() / 4'000) + 1'000;
    server_.run({"HSET", keys::epochs, "gateway", std::to_string(ahead)});
    const auto taken = take();
    EXPECT_EQ(taken->epoch.value, ahead + 1);
    EXPECT_GT(taken->usable_after, std::chrono::seconds{3});
}

TEST_F(EpochTest, TheKindsCountApart) {
    const auto ahead = static_cast<std::uint64_t>(redis_now_us() / 4'000) + 1'000;
    server_.run({"HSET", keys::epochs, "gateway", std::to_string(ahead)});
    EXPECT_LT(take(EpochKind::template_leader)->epoch.value, ahead);
}

TEST_F(EpochTest, AnEpochThatTooFewReplicasHaveIsNone) {
    EXPECT_FALSE(take(EpochKind::gateway, {1, std::chrono::milliseconds{20}}).has_value());
}

TEST_F(EpochTest, ADamagedCounterIsAnErrorAndNoEpoch) {
    server_.run({"HSET", keys::epochs, "gateway", "1099511627776"});  // 2^40
    EXPECT_FALSE(take().has_value());
    server_.run({"HSET", keys::epochs, "gateway", "nonsense"});
    EXPECT_FALSE(take().has_value());
}

}  // namespace
}  // namespace ledger
