#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <optional>

#include "channel-manager/batch_testing.h"
#include "channel-manager/to_commit.h"
#include "ledger/keys.h"
#include "ledger/ledger.h"
#include "redis/hiredis_client.h"
#include "support/child.h"
#include "support/loop.h"
#include "support/redis_server.h"

namespace channel_manager {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

/// A ledger with one batch of three shares, and the journal of the miner who sent them.
class AuditorProgram : public testing::Test {
  protected:
    AuditorProgram() {
        redis_.run({"HSET", ledger::keys::pool_config, "partitions", "16"});
        FakeTemplates templates;
        templates.add(mining::some_template());
        mining::JobCache cache{4};
        auto batch = some_batch(1, 3);
        batch.jobs[0].record.target = bitcoin::target_of(bitcoin::Difficulty{1});
        batch.events = {{0, some_open()}};
        const auto judgement = judge(batch, templates, some_policy(), cache);
        commit(to_commit(batch, judgement, bytes_of(batch), bus::WorkerId{1}));

        std::ofstream journal{file_};
        const auto key = ledger::keys::channel_name(some_open().key);
        journal << R"({"event":"connected","connection":1})" << '\n'
                << fmt::format(R"({{"event":"channel_opened","connection":1,"channel_id":1,)"
                               R"("extranonce_prefix":"{}"}})",
                               key)
                << '\n';
        for (std::size_t i = 0; i < 3; ++i)
            journal << fmt::format(R"({{"event":"share","connection":1,"channel_id":1,)"
                                   R"("sequence_number":{},"nonce":{},"hash":"{}"}})",
                                   i, batch.shares[i].submitted.nonce,
                                   judgement.hashes[i]->value.to_be_hex())
                    << '\n';
        journal << R"({"event":"success","connection":1,"channel_id":1,)"
                << R"("last_sequence_number":2,"count":3,"sum":0})" << '\n';
    }
    ~AuditorProgram() override { std::remove(file_.c_str()); }

    void commit(const ledger::Commit& commit) {
        boost::asio::io_context io;
        base::SystemClock clock;
        base::SeededRandom random{1};
        redis::ClientConfig config;
        config.address = redis_.unix_address();
        redis::HiredisClient client{io, config, clock, random};
        ledger::Ledger ledger{client, {}};
        std::optional<bool> is_committed;
        ledger.commit(commit, [&](const auto& result) { is_committed = result.has_value(); });
        test_support::run_until(io, [&] { return is_committed.has_value(); });
        ASSERT_EQ(is_committed, true);
    }
    std::pair<int, std::string> audit() {
        test_support::Child auditor{
            {AUDITOR, "--redis", redis::to_string(redis_.address()), "--journal", file_}};
        const auto status = auditor.wait();
        return {status.value_or(-1), auditor.output()};
    }

    test_support::RedisServer redis_{};
    std::string file_ = "/tmp/adit-auditor-" + std::to_string(redis_.port()) + ".journal";
};

TEST_F(AuditorProgram, PassesALedgerThatHasEveryShareOnce) {
    const auto [status, output] = audit();
    EXPECT_EQ(status, 0) << output;
    EXPECT_THAT(output, HasSubstr("ledger: 3 shares, 3 credited"));
    EXPECT_THAT(output, EndsWith("adit-auditor: ok, I1 I2 I3 I4 I5 I7 hold for 3 shares\n"));
}

TEST_F(AuditorProgram, FailsALedgerThatLostABatch) {
    redis_.run({"DEL", ledger::keys::log(2)});
    const auto [status, output] = audit();
    EXPECT_EQ(status, 1);
    EXPECT_THAT(output, HasSubstr("I1 "));
    EXPECT_THAT(output, EndsWith("adit-auditor: FAILED, 3 violations\n"));
}

TEST_F(AuditorProgram, SaysWhatItCannotRead) {
    redis_.run({"XADD", ledger::keys::log(2), "*", "r", "nonsense", "d", ""});
    EXPECT_THAT(audit().second, HasSubstr("not a record that we know"));
    redis_.run({"DEL", ledger::keys::pool_config});
    EXPECT_THAT(audit().second, HasSubstr("holds no pool"));
    redis_.kill();
    const auto [status, output] = audit();
    EXPECT_EQ(status, 1);
    EXPECT_THAT(output, HasSubstr("adit-auditor: FAILED, redis at 127.0.0.1:"));
}

}  // namespace
}  // namespace channel_manager
