#include "fixture.h"

namespace ledger {
namespace {

using namespace std::chrono_literals;
using redis::Reply;
using test_support::RedisServer;
using test_support::run_until;

class CommitTest : public LedgerTest {
  protected:
    /// Nothing where it was taken: error() of a value is whatever lies there.
    std::optional<LedgerError> refusal(const Commit& what) {
        const auto answer = commit(what);
        return answer ? std::nullopt : std::optional{answer.error()};
    }
};

TEST_F(CommitTest, WritesOneLogRecordAndCreditsEachShareOnce) {
    const auto first = commit(batch(1, 1, {10, 11, 12}));
    ASSERT_TRUE(first.has_value());
    EXPECT_EQ(first->duplicates, flags("000"));
    EXPECT_FALSE(first->is_replay);
    EXPECT_FALSE(first->has_gap);
    EXPECT_EQ(first->log.bytes, 13U);

    const auto second = commit(batch(1, 2, {12, 13, 13, 10, 14}));
    ASSERT_TRUE(second.has_value());
    EXPECT_EQ(second->duplicates, flags("10110"));

    const auto log = server_.run({"XRANGE", keys::log(0), "-", "+"});
    ASSERT_EQ(log.array()->size(), 2U);
    const auto& entry = *(*log.array())[1].array();
    EXPECT_EQ(entry[1],
              (Reply{Reply::Array{Reply{"r"}, Reply{"record 1/2"}, Reply{"d"},
                                  Reply{std::string{"\1\0\1\1\0", 5}}, Reply{"b"}, Reply{"28"}}}));
    EXPECT_EQ(second->log.bytes, 28U);
    EXPECT_EQ(commit(batch(1, 3, {}))->log.bytes, 38U);
    server_.run({"XTRIM", keys::log(0), "MAXLEN", "=", "1"});
    EXPECT_EQ(commit(batch(1, 4, {}))->log.bytes, 20U) << "what was trimmed is not held";
}

TEST_F(CommitTest, C173_FindsADuplicateOfAnotherGatewayInThePartition) {
    ASSERT_TRUE(commit(batch(1, 1, {10})).has_value());
    EXPECT_EQ(commit(batch(2, 1, {10}))->duplicates, flags("1"));
}

TEST_F(CommitTest, AShareOfAnotherPartitionOrTipIsAnother) {
    ASSERT_TRUE(commit(batch(1, 1, {10})).has_value());
    auto elsewhere = batch(1, 1, {10});
    elsewhere.partition = 1;
    EXPECT_EQ(commit(elsewhere)->duplicates, flags("0"));
    EXPECT_EQ(commit(batch(1, 2, {10}, tip_b))->duplicates, flags("0"));
}

TEST_F(CommitTest, OnlyCreditedSharesAreRemembered) {
    auto rejected = batch(1, 1, {10, 11});
    rejected.credited.erase(rejected.credited.begin());
    EXPECT_EQ(commit(rejected)->duplicates, flags("00"));
    EXPECT_EQ(commit(batch(1, 2, {10, 11}))->duplicates, flags("01"));
}

TEST_F(CommitTest, ADuplicateIsNamedByItsPlaceAmongThoseThatAreNotCredited) {
    ASSERT_TRUE(commit(batch(1, 1, {13})).has_value());
    auto mixed = batch(1, 2, {10, 11, 12, 13});
    mixed.credited.erase(mixed.credited.begin() + 2);
    mixed.credited.erase(mixed.credited.begin());
    EXPECT_EQ(commit(mixed)->duplicates, flags("0001"));
}

TEST_F(CommitTest, TheSameSequenceGetsTheStoredOutcomeWhateverItCarries) {
    ASSERT_TRUE(commit(batch(1, 1, {9})).has_value());
    auto original = batch(1, 2, {10, 9, 10});
    original.outcome = std::string{"\0\xff binary \r\n", 11};
    ASSERT_EQ(commit(original)->duplicates, flags("011"));

    auto judged_otherwise = batch(1, 2, {77});
    judged_otherwise.outcome = "another";
    for (int i = 0; i < 3; ++i) {
        const auto replay = commit(judged_otherwise);
        ASSERT_TRUE(replay.has_value());
        EXPECT_TRUE(replay->is_replay);
        EXPECT_EQ(replay->outcome, original.outcome);
        EXPECT_EQ(replay->duplicates, flags("011"));
    }
    EXPECT_EQ(integer({"XLEN", keys::log(0)}), 2);
    EXPECT_EQ(commit(batch(1, 3, {77}))->duplicates, flags("0"));
    EXPECT_EQ(ledger_.counters().replays, 3U);
}

TEST_F(CommitTest, AReplayWritesSoThatWaitCountsIt) {
    ASSERT_TRUE(commit(batch(1, 1, {1})).has_value());
    const auto offset = [this] {
        const auto info = *server_.run({"INFO", "persistence"}).string();
        return info.substr(info.find("aof_current_size:"), 40);
    };
    const auto before = offset();
    ASSERT_TRUE(commit(batch(1, 1, {1}))->is_replay);
    EXPECT_NE(offset(), before);
}

TEST_F(CommitTest, RefusesWhatLiesBeforeTheLastSequence) {
    ASSERT_TRUE(commit(batch(1, 1, {1})).has_value());
    ASSERT_TRUE(commit(batch(1, 2, {2})).has_value());
    EXPECT_EQ(refusal(batch(1, 1, {1})), LedgerError::old);
    EXPECT_EQ(integer({"XLEN", keys::log(0)}), 2);
}

TEST_F(CommitTest, TakesAJumpAndAnUnknownEpochAndSaysThatThereIsAGap) {
    EXPECT_TRUE(commit(batch(1, 5, {1}))->has_gap);
    EXPECT_FALSE(commit(batch(1, 6, {2}))->has_gap);
    EXPECT_TRUE(commit(batch(1, 8, {3}))->has_gap);
    EXPECT_FALSE(commit(batch(2, 1, {4}))->has_gap);
    EXPECT_EQ(ledger_.counters().gaps, 2U);
    EXPECT_EQ(integer({"XLEN", keys::log(0)}), 4);
}

TEST_F(CommitTest, RefusesAReapedEpochForEver) {
    ASSERT_TRUE(commit(batch(1, 1, {1})).has_value());
    server_.run({"HSET", keys::gateways(0), keys::reaped_field(mining::Epoch{1}), "1"});
    for (const std::uint64_t sequence : {1U, 2U, 100U})
        EXPECT_EQ(refusal(batch(1, sequence, {2})), LedgerError::reaped);
    EXPECT_EQ(integer({"XLEN", keys::log(0)}), 1);
    EXPECT_EQ(commit(batch(2, 1, {2}))->duplicates, flags("0"));
}

TEST_F(CommitTest, RefusesEveryEpochUpToTheFloor) {
    server_.run({"HSET", keys::gateways(0), "floor", "5"});
    EXPECT_EQ(refusal(batch(4, 1, {1})), LedgerError::reaped);
    EXPECT_EQ(refusal(batch(5, 1, {1})), LedgerError::reaped);
    EXPECT_TRUE(commit(batch(6, 1, {1})).has_value());
}

TEST_F(CommitTest, KeepsWhatAnOperatorSeesOfAChannel) {
    const mining::ChannelKey key{0x0000000001000001};
    auto open = batch(1, 1, {});
    open.changes = {ChannelOpened{key, {{"kind", "extended"}, {"user_identity", "a b\xff"}}}};
    ASSERT_TRUE(commit(open).has_value());
    auto change = batch(1, 2, {});
    change.changes = {ChannelChanged{key, {{"target", "ff"}}},
                      ChannelChanged{mining::ChannelKey{99}, {{"target", "ff"}}}};
    ASSERT_TRUE(commit(change).has_value());
    EXPECT_EQ(server_.run({"HGET", keys::channel(0, key), "user_identity"}), Reply{"a b\xff"});
    EXPECT_EQ(server_.run({"HGET", keys::channel(0, key), "target"}), Reply{"ff"});
    EXPECT_EQ(keys_like("{p0}:ch:*"), 1U) << "a change opened a channel";
    auto close = batch(1, 3, {});
    close.changes = {ChannelClosed{key}};
    ASSERT_TRUE(commit(close).has_value());
    EXPECT_EQ(keys_like("{p0}:ch:*"), 0U);
}

TEST_F(CommitTest, FreesTheSharesOfATipThatNobodyNamesAnyMore) {
    std::vector<std::uint32_t> many(3000);
    for (std::uint32_t i = 0; i < many.size(); ++i) many[i] = i;
    ASSERT_TRUE(commit(batch(1, 1, many)).has_value());
    ASSERT_TRUE(commit(batch(2, 1, {5000})).has_value());
    EXPECT_GT(keys_like("{p0}:seen:*"), 900U);

    auto both = batch(1, 2, {});
    both.live_tips = {tip_b, tip_a};
    ASSERT_TRUE(commit(both).has_value());
    ASSERT_TRUE(commit(batch(1, 3, {6000}, tip_b)).has_value());
    EXPECT_EQ(commit(batch(2, 2, {7}))->duplicates, flags("1")) << "gateway 2 still names the tip";

    ASSERT_TRUE(commit(batch(2, 3, {}, tip_b)).has_value());
    EXPECT_EQ(keys_like("{p0}:seen:" + keys::tip_name(tip_a) + ":*"), 0U);
    EXPECT_EQ(keys_like("{p0}:seen:*"), 1U);
}

TEST_F(CommitTest, KeepsSharesInIntsets) {
    ASSERT_TRUE(commit(batch(1, 1, {1, 2, 3})).has_value());
    const auto seen = server_.run({"KEYS", "{p0}:seen:*"});
    ASSERT_FALSE(seen.array()->empty());
    for (const auto& key : *seen.array())
        EXPECT_EQ(server_.run({"OBJECT", "ENCODING", *key.string()}), Reply{"intset"});
}

TEST_F(CommitTest, TrimsTheLogByAge) {
    Ledger forgetful{client_, LedgerSettings{.log = {.keep = 1ms}}};
    for (std::uint64_t i = 1; i <= 400; ++i)
        ASSERT_TRUE(commit(forgetful, batch(1, i, {})).has_value());
    EXPECT_LT(integer({"XLEN", keys::log(0)}), 300);
    EXPECT_GT(integer({"XLEN", keys::log(0)}), 0);
}

TEST_F(CommitTest, KeepsTheLogForEverWhereItIsToldTo) {
    Ledger hoarding{client_, LedgerSettings{.log = {.keep = 0ms}}};
    for (std::uint64_t i = 1; i <= 300; ++i)
        ASSERT_TRUE(commit(hoarding, batch(1, i, {})).has_value());
    EXPECT_EQ(integer({"XLEN", keys::log(0)}), 300);
}

TEST_F(CommitTest, AFullRedisTakesNothingOfABatch) {
    ASSERT_TRUE(commit(batch(1, 1, {1})).has_value());
    server_.run({"CONFIG", "SET", "maxmemory", "1"});
    auto refused = batch(1, 2, {2});
    refused.changes = {ChannelOpened{mining::ChannelKey{1}, {{"kind", "standard"}}}};
    EXPECT_EQ(commit(refused).error(), LedgerError::full);
    EXPECT_EQ(refusal(batch(1, 1, {1})), LedgerError::full) << "an unwritten replay";
    EXPECT_EQ(ledger_.counters().full, 2U);
    EXPECT_EQ(integer({"XLEN", keys::log(0)}), 1);
    EXPECT_EQ(keys_like("{p0}:ch:*"), 0U);
    server_.run({"CONFIG", "SET", "maxmemory", "0"});
    const auto taken = commit(refused);
    ASSERT_TRUE(taken.has_value());
    EXPECT_FALSE(taken->is_replay);
    EXPECT_EQ(taken->duplicates, flags("0"));
}

TEST_F(CommitTest, SurvivesAKillOfRedisWithEveryOutcome) {
    ASSERT_TRUE(commit(batch(1, 1, {1, 1})).has_value());
    server_.kill();
    server_.start();
    base::Result<Committed, LedgerError> replay = base::unexpected(LedgerError::unavailable);
    while (!replay && replay.error() == LedgerError::unavailable) replay = commit(batch(1, 1, {3}));
    ASSERT_TRUE(replay.has_value());
    EXPECT_EQ(replay->outcome, "outcome 1/1");
    EXPECT_EQ(replay->duplicates, flags("01"));
}

TEST_F(CommitTest, AcknowledgesOnlyWhatEnoughReplicasHave) {
    Ledger careful{client_, LedgerSettings{.durability = {1, 50ms}}};
    EXPECT_EQ(commit(careful, batch(1, 1, {1})).error(), LedgerError::not_replicated);
    EXPECT_EQ(careful.counters().wait_shortfalls, 1U);
    {
        RedisServer replica{{"--replicaof", "127.0.0.1", std::to_string(server_.port())}};
        Answer answer = base::unexpected(LedgerError::unavailable);
        ASSERT_TRUE(run_until(io_, [&] {
            answer = commit(careful, batch(1, 1, {1}));
            return answer.has_value();
        }));
        EXPECT_TRUE(answer->is_replay) << "the script ran again before the count was believed";
        EXPECT_EQ(answer->duplicates, flags("0"));
        EXPECT_EQ(replica.run({"XLEN", keys::log(0)}), Reply{1});

        replica.freeze();
        EXPECT_EQ(commit(careful, batch(1, 2, {2})).error(), LedgerError::not_replicated);
        replica.thaw();
        ASSERT_TRUE(run_until(io_, [&] { return commit(careful, batch(1, 2, {2})).has_value(); }));
    }
    EXPECT_EQ(integer({"XLEN", keys::log(0)}), 2);
}

}  // namespace
}  // namespace ledger
