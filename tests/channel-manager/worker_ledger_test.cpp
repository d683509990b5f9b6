#include <gtest/gtest.h>

#include "channel-manager/user_identity.h"
#include "ledger/channel_fields.h"
#include "ledger_worker.h"
#include "support/loop.h"

namespace channel_manager {
namespace {

using test_support::run_until;

class WorkerLedgerTest : public testing::Test {
  protected:
    WorkerLedgerTest() { templates_.add(mining::some_template()); }

    bus::Result answer(LedgerWorker& worker, const bus::Batch& batch) {
        worker.sent.clear();
        worker.give(batch);
        EXPECT_TRUE(run_until(io_, [&worker] {
            worker.tick();
            return !worker.results().empty();
        }));
        return worker.results().at(0);
    }
    std::vector<share_log::Record> log(std::uint32_t partition) {
        return read_log(server_, partition);
    }

    test_support::RedisServer server_{{"--appendonly", "yes", "--appendfsync", "always"}};
    boost::asio::io_context io_{};
    base::SystemClock clock_{};
    FakeTemplates templates_{};
    LedgerWorker first_{io_, server_, templates_, clock_, 1};
    LedgerWorker second_{io_, server_, templates_, clock_, 2};
};

TEST_F(WorkerLedgerTest, ABatchGivenTwiceHasOneOutcomeWhoeverJudgesIt) {
    auto batch = some_batch(1, 50);
    batch.shares.push_back(batch.shares[7]);
    batch.shares.push_back(batch.shares[8]);
    batch.shares.back().submitted.state = mining::JobState::stale;
    batch.events = {{0, some_open()}};
    const auto once = answer(first_, batch);
    EXPECT_EQ(answer(first_, batch), once);
    EXPECT_EQ(answer(second_, batch), once);

    ASSERT_EQ(once.verdicts.size(), 52U);
    EXPECT_FALSE(once.verdicts[7].error.has_value());
    EXPECT_EQ(once.verdicts[50].error, mining::ShareError::duplicate_share);
    EXPECT_EQ(once.verdicts[51].error, mining::ShareError::stale_share);
    const auto records = log(2);
    ASSERT_EQ(records.size(), 1U);
    EXPECT_EQ(records[0].batch, batch);
    EXPECT_EQ(records[0].result, once) << "the log says what the miner was told";
    EXPECT_EQ(records[0].worker, bus::WorkerId{1});
}

TEST_F(WorkerLedgerTest, TheStoredVerdictsCountAlsoWhenAWorkerKnowsLess) {
    const auto batch = some_batch(1, 5);
    const auto once = answer(first_, batch);
    // Under another template of the same name this worker would judge otherwise.
    auto changed = mining::some_template();
    changed.tip.min_ntime = 5'000;
    templates_.add(changed);
    EXPECT_EQ(answer(second_, batch), once);
}

TEST_F(WorkerLedgerTest, C173_ShareForShareADuplicateInLaterBatchesOfAnyWorker) {
    answer(first_, some_batch(1, 20));
    auto again = some_batch(1, 20);
    again.sequence = 2;
    for (const auto& verdict : answer(second_, again).verdicts)
        EXPECT_EQ(verdict.error, mining::ShareError::duplicate_share);
}

TEST_F(WorkerLedgerTest, HoldsItsBatchesWhileRedisIsAwayAndLosesNone) {
    answer(first_, some_batch(1, 3));
    server_.kill();
    first_.sent.clear();
    for (std::uint32_t partition = 0; partition < 4; ++partition) {
        auto batch = some_batch(2, 3);
        batch.partition = bus::Partition{partition};
        first_.give(batch);
    }
    run_until(io_, [this] {
        first_.tick();
        return first_.sent.size() >= 8;
    });
    EXPECT_TRUE(first_.results().empty());
    for (const auto& message : first_.sent)
        EXPECT_EQ(std::get<bus::Waiting>(message).waits_for, bus::WaitsFor::ledger);
    server_.start();
    EXPECT_TRUE(run_until(io_, [this] {
        first_.tick();
        return first_.results().size() == 4;
    }));
    EXPECT_EQ(log(2).size(), 2U);
}

TEST_F(WorkerLedgerTest, HoldsItsBatchesWhileTheLogIsFullOfUnreadRecordsAndLosesNone) {
    LedgerWorker small{io_,    server_, templates_,
                       clock_, 3,       {.log = {.keep_read = {}, .bytes_max = 40'000}}};
    server_.run({"HSET", ledger::keys::readers(2), "exporter", "required 0-0"});
    std::uint64_t sequence = 0;
    const auto is_answered = [&] {
        small.tick();
        return !small.results().empty();
    };
    do {
        small.sent.clear();
        small.give(some_batch(++sequence, 3));
    } while (run_until(io_, is_answered, std::chrono::seconds{1}) && sequence < 500);
    EXPECT_LT(sequence, 200U) << "the log is not bounded";
    ASSERT_FALSE(small.sent.empty()) << "the gateway is not told that it must wait";
    for (const auto& message : small.sent)
        EXPECT_EQ(std::get<bus::Waiting>(message).waits_for, bus::WaitsFor::ledger);
    EXPECT_EQ(log(2).size(), sequence - 1);

    const auto last = server_.run({"XREVRANGE", ledger::keys::log(2), "+", "-", "COUNT", "1"});
    server_.run({"HSET", ledger::keys::readers(2), "exporter",
                 "required " + std::string{(*last.array())[0].string_at(0)}});
    EXPECT_TRUE(run_until(io_, is_answered));
}

/// A hash table takes three times as much.
TEST_F(WorkerLedgerTest, AChannelOfALongIdentityStaysCompact) {
    const std::string identities[] = {
        "bc1p5cyxnuxmeuwuvkwfem96lqzszd02n6xdcjrs20cac6yqjjwudpxqkedrcr.worker",
        std::string(user_identity_size_max, 'x')};
    std::uint64_t sequence = 0;
    for (const auto& identity : identities) {
        auto batch = some_batch(++sequence, 0);
        auto open = some_open();
        open.key.value += sequence;
        open.user_identity = identity;
        batch.events = {{0, open}};
        ASSERT_EQ(answer(first_, batch).opens.at(0).error_code, "");
        const auto key = ledger::keys::channel(2, open.key);
        EXPECT_EQ(ledger::whole_value(server_.run({"HGETALL", key}), "user_identity"), identity);
        EXPECT_EQ(server_.run({"OBJECT", "ENCODING", key}), redis::Reply{"listpack"});
    }
}

TEST_F(WorkerLedgerTest, AnOperatorSeesTheChannelsThatAreOpen) {
    auto batch = some_batch(1, 0);
    batch.events = {{0, some_open()}};
    const auto result = answer(first_, batch);
    const auto key = ledger::keys::channel(2, some_open().key);
    EXPECT_EQ(server_.run({"HGET", key, "user_identity"}), redis::Reply{"miner.1"});
    EXPECT_EQ(server_.run({"HGET", key, "target"}),
              redis::Reply{result.opens[0].target.value.to_be_hex()});
    auto close = some_batch(2, 0);
    close.events = {{0, bus::ChannelClose{some_open().key, "disconnected"}}};
    answer(second_, close);
    EXPECT_EQ(server_.run({"EXISTS", key}), redis::Reply{0});
}

}  // namespace
}  // namespace channel_manager
