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
        const auto one = journal.connected();
        const auto other = journal.connected();
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
    EXPECT_EQ(journal.connected(), 1U);
    journal.answer(1, 1, true, std::nullopt, "");
    journal.flush();
}

TEST(Journal, SaysWhatItCannotWrite) {
    const base::ManualClock clock;
    EXPECT_THROW(Journal("/nowhere/at/all", clock), std::runtime_error);
}

}  // namespace
}  // namespace loadgen
