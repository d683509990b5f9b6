#include "loadgen/journal.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "auditor/journal_reader.h"
#include "miner/journal.h"

namespace loadgen {
namespace {

TEST(Journal, IsReadByTheAuditor) {
    const auto path = "/tmp/adit-loadgen-" + std::to_string(::getpid()) + ".journal";
    const base::ManualClock clock;
    Sv1Job job;
    job.id = "a \"job\"";
    job.coinbase1 = base::to_bytes("one");
    job.target = bitcoin::target_max();
    FoundShare share;
    share.header.nonce = 7;
    share.hash = bitcoin::header_hash(share.header);
    {
        Journal journal{path, clock};
        const auto one = journal.connected(miner::PoolProtocol::sv1);
        const auto other = journal.connected(miner::PoolProtocol::sv1);
        journal.job(other, job);
        journal.share(other, 4, job, share);
        journal.share(one, 4, job, share);
        journal.answer(one, 4, false, 21, "Job not found");
        journal.answer(other, 4, true, std::nullopt, "");
        journal.lost(one, "closed by the pool");
        journal.flush();
    }
    std::ifstream lines{path};
    const auto read = auditor::read_journal(lines, "m");
    std::remove(path.c_str());
    ASSERT_EQ(read.sv1.size(), 2U);
    const auto& rejected = read.sv1[0].shares.at(0);
    const auto& accepted = read.sv1[1].shares.at(0);
    EXPECT_EQ(rejected.answer, auditor::Sv1Share::Answer::rejected);
    EXPECT_EQ(accepted.answer, auditor::Sv1Share::Answer::accepted);
    EXPECT_EQ(accepted.hash, share.hash);
    EXPECT_EQ(accepted.target, job.target);
    EXPECT_EQ(accepted.sent_us, clock.unix_now().time_since_epoch().count());
}

TEST(Journal, OfSv2ConnectionsIsReadByTheAuditor) {
    const auto path = "/tmp/adit-loadgen-sv2-" + std::to_string(::getpid()) + ".journal";
    const base::ManualClock clock;
    miner::ShareSubmitted submitted{.channel_id = {7}, .sequence_number = 1};
    submitted.share.header.nonce = 9;
    submitted.share.hash = bitcoin::header_hash(submitted.share.header);
    submitted.share.extranonce = base::to_bytes("four");
    {
        Journal journal{path, clock};
        EXPECT_TRUE(journal.is_writing());
        const auto one = journal.connected(miner::PoolProtocol::sv2);
        const auto other = journal.connected(miner::PoolProtocol::sv2);
        for (const auto connection : {other, one}) {
            miner::Channel::Opened opened{.connection = connection, .id = {7}};
            opened.extranonce_prefix.assign(8, static_cast<std::byte>(connection));
            journal.channel_opened(opened);
            submitted.share.connection = connection;
            journal.share(submitted);
        }
        journal.accepted(one, {.channel_id = {7},
                               .last_sequence_number = 1,
                               .new_submits_accepted_count = 1,
                               .new_shares_sum = 3});
        journal.rejected(other,
                         {.channel_id = {7}, .sequence_number = 1, .error_code = "a \"reason\""});
        journal.channel_closed(one, {.channel_id = {7}, .reason_code = "bye"});
        journal.lost(one, "closed by the pool");
        journal.flush();
    }
    std::ifstream lines{path};
    const auto read = auditor::read_journal(lines, "m");
    std::remove(path.c_str());
    ASSERT_EQ(read.channels.size(), 2U);
    const auto& rejected = read.channels[0];
    const auto& accepted = read.channels[1];
    EXPECT_EQ(rejected.rejected.at(1), "a \"reason\"");
    EXPECT_EQ(accepted.accepted_sum, 3U);
    EXPECT_TRUE(accepted.is_acknowledged(accepted.shares.at(0)));
    EXPECT_TRUE(accepted.shares[0].has_header);
    EXPECT_EQ(accepted.shares[0].hash, submitted.share.hash);
    EXPECT_EQ(accepted.key.value, 0x0101010101010101U);
}

TEST(Journal, OfTheCpuMinerIsReadByTheAuditorToo) {
    const auto path = "/tmp/adit-miner-" + std::to_string(::getpid()) + ".journal";
    const base::ManualClock clock;
    miner::ShareSent sent{.request_id = 4, .job_id = "1", .difficulty = 1};
    sent.share.connection = 2;
    sent.share.header.nonce = 7;
    sent.share.hash = bitcoin::header_hash(sent.share.header);
    {
        miner::Journal journal{path, clock};
        journal.connected(1, miner::PoolProtocol::sv2);
        journal.connection_lost(1, "reset");
        journal.connected(2, miner::PoolProtocol::sv1);
        journal.subscribed(2, {.is_resumed = true});
        journal.authorized(2, {});
        journal.submit(sent);
        journal.answer(2, {.request_id = 4, .is_accepted = true});
    }
    std::ifstream lines{path};
    const auto read = auditor::read_journal(lines, "m");
    std::remove(path.c_str());
    ASSERT_EQ(read.sv1.size(), 1U);
    EXPECT_TRUE(read.sv1[0].is_resumed);
    EXPECT_EQ(read.sv1[0].shares.at(0).answer, auditor::Sv1Share::Answer::accepted);
    EXPECT_EQ(read.sv1[0].shares.at(0).hash, sent.share.hash);
}

TEST(Journal, WithoutAPathWritesNothing) {
    const base::ManualClock clock;
    Journal journal{"", clock};
    EXPECT_EQ(journal.connected(miner::PoolProtocol::sv1), 1U);
    journal.answer(1, 1, true, std::nullopt, "");
    journal.flush();
}

TEST(Journal, SaysWhatItCannotWrite) {
    const base::ManualClock clock;
    EXPECT_THROW(Journal("/nowhere/at/all", clock), std::runtime_error);
}

}  // namespace
}  // namespace loadgen
