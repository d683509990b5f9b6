#include "miner/journal.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "miner/testing.h"

namespace miner {
namespace {

class JournalTest : public ::testing::Test {
  protected:
    JournalTest()
        : path_(std::filesystem::temp_directory_path() /
                ("adit-journal-" + std::to_string(::getpid()) + "-" +
                 ::testing::UnitTest::GetInstance()->current_test_info()->name())) {
        std::filesystem::remove(path_);
    }
    ~JournalTest() override { std::filesystem::remove(path_); }

    std::vector<nlohmann::json> lines() const {
        std::ifstream file{path_};
        std::vector<nlohmann::json> parsed;
        for (std::string line; std::getline(file, line);)
            parsed.push_back(nlohmann::json::parse(line));
        return parsed;
    }

    std::filesystem::path path_;
    base::ManualClock clock_{};
};

TEST_F(JournalTest, WritesEachShareAndAnswerAtOnce) {
    Journal journal{path_, clock_};
    FoundShare share{.connection = 1,
                     .channel = 0,
                     .job_id = sv2::JobId{5},
                     .header = {.version = 0x20000020, .ntime = 1001, .nonce = 42},
                     .target = testing::easy_target(),
                     .extranonce_prefix = testing::bytes_of("0a0b"),
                     .extranonce = testing::bytes_of("0c")};
    share.hash = bitcoin::header_hash(share.header);
    journal.connected(1, PoolProtocol::sv2);
    journal.share({.share = share, .channel_id = sv2::ChannelId{7}, .sequence_number = 3});
    ASSERT_EQ(lines().size(), 2U) << "flushed line by line";
    journal.accepted(1, {.answer = {.channel_id = sv2::ChannelId{7},
                                    .last_sequence_number = 3,
                                    .new_submits_accepted_count = 2,
                                    .new_shares_sum = 9}});
    journal.rejected(
        1, {.channel_id = sv2::ChannelId{7}, .sequence_number = 4, .error_code = "stale-share"});
    journal.connection_lost(1, "gone \xff");
    const auto written = lines();
    ASSERT_EQ(written.size(), 5U);
    const auto& line = written[1];
    EXPECT_EQ(line["event"], "share");
    EXPECT_EQ(line["channel_id"], 7);
    EXPECT_EQ(line["sequence_number"], 3);
    EXPECT_EQ(line["job_id"], 5);
    EXPECT_EQ(line["nonce"], 42);
    EXPECT_EQ(line["ntime"], 1001);
    EXPECT_EQ(line["version"], 0x20000020);
    EXPECT_EQ(line["extranonce_prefix"], "0a0b");
    EXPECT_EQ(line["extranonce"], "0c");
    EXPECT_EQ(line["hash"], share.hash.value.to_be_hex());
    EXPECT_EQ(line["target"], std::string("00") + std::string(62, 'f'));
    EXPECT_EQ(line["header"].get<std::string>().size(), 160U);
    EXPECT_EQ(written[2]["count"], 2);
    EXPECT_EQ(written[2]["sum"], 9);
    EXPECT_EQ(written[3]["error_code"], "stale-share");
    EXPECT_EQ(written[4]["event"], "connection_lost");
}

TEST_F(JournalTest, WritesWhatAnSv1MinerSendsAndHears) {
    Journal journal{path_, clock_};
    FoundShare share{.connection = 2,
                     .header = {.version = 0x20004000, .ntime = 1001, .nonce = 42},
                     .target = testing::easy_target()};
    share.hash = bitcoin::header_hash(share.header);
    journal.connected(2, PoolProtocol::sv1);
    journal.subscribed(
        2,
        {.session_id = "00ff", .extranonce = {testing::bytes_of("0a0b"), 8}, .is_resumed = true});
    journal.authorized(2, {.worker = "alice.rig"});
    ShareSent sent{.share = share,
                   .request_id = 7,
                   .worker = "alice.rig",
                   .job_id = "4d",
                   .extranonce1 = testing::bytes_of("0a0b"),
                   .extranonce2 = testing::bytes_of("0100"),
                   .version_bits = 0x4000,
                   .difficulty = 0.25};
    journal.submit(sent);
    sent.version_bits.reset();
    journal.submit(sent);
    journal.answer(2,
                   {.request_id = 7, .is_accepted = true, .waited = std::chrono::microseconds{3}});
    journal.answer(2, {.request_id = 8, .code = 21, .text = "Job not found"});
    journal.extranonce_set(2, {{testing::bytes_of("0c"), 4}});
    journal.job(2, {.job_id = "4d",
                    .coinbase = std::make_shared<const Coinbase>(
                        Coinbase{testing::bytes_of("0102"), testing::bytes_of("0304"), {}}),
                    .extranonce1 = testing::bytes_of("0c")});

    const auto written = lines();
    ASSERT_EQ(written.size(), 9U);
    for (const auto& line : written) EXPECT_EQ(line["connection"], 2);
    EXPECT_EQ(written[0]["protocol"], "sv1");
    EXPECT_EQ(written[1]["event"], "subscribed");
    EXPECT_EQ(written[1]["session_id"], "00ff");
    EXPECT_EQ(written[1]["extranonce1"], "0a0b");
    EXPECT_EQ(written[1]["extranonce2_size"], 8);
    EXPECT_EQ(written[1]["is_resumed"], true);
    EXPECT_EQ(written[2]["worker"], "alice.rig");
    const auto& line = written[3];
    EXPECT_EQ(line["event"], "submit");
    EXPECT_EQ(line["request_id"], 7);
    EXPECT_EQ(line["worker"], "alice.rig");
    EXPECT_EQ(line["job_id"], "4d");
    EXPECT_EQ(line["extranonce1"], "0a0b");
    EXPECT_EQ(line["extranonce2"], "0100");
    EXPECT_EQ(line["nonce"], 42);
    EXPECT_EQ(line["ntime"], 1001);
    EXPECT_EQ(line["version"], 0x20004000);
    EXPECT_EQ(line["version_bits"], 0x4000);
    EXPECT_EQ(line["header"].get<std::string>().size(), 160U);
    EXPECT_EQ(line["hash"], share.hash.value.to_be_hex());
    EXPECT_EQ(line["difficulty"], 0.25);
    EXPECT_EQ(line["target"], std::string("00") + std::string(62, 'f'));
    EXPECT_EQ(written[4]["version_bits"], nullptr);
    EXPECT_EQ(written[5]["event"], "answer");
    EXPECT_EQ(written[5]["result"], true);
    EXPECT_EQ(written[5]["code"], nullptr);
    EXPECT_EQ(written[5]["waited_us"], 3);
    EXPECT_EQ(written[6]["result"], false);
    EXPECT_EQ(written[6]["code"], 21);
    EXPECT_EQ(written[6]["text"], "Job not found");
    EXPECT_EQ(written[7]["event"], "extranonce_set");
    EXPECT_EQ(written[8]["event"], "job");
    EXPECT_EQ(written[8]["job_id"], "4d");
    EXPECT_EQ(written[8]["coinbase1"], "0102");
    EXPECT_EQ(written[8]["coinbase2"], "0304");
    EXPECT_EQ(written[8]["extranonce1"], "0c");
}

TEST_F(JournalTest, AppendsToWhatThereIs) {
    for (int run = 0; run < 2; ++run) Journal(path_, clock_).connected(1, PoolProtocol::sv1);
    EXPECT_EQ(lines().size(), 2U);
}

TEST_F(JournalTest, RefusesAPathThatCannotBeWritten) {
    EXPECT_THROW(Journal("/nonexistent/journal", clock_), std::runtime_error);
}

}  // namespace
}  // namespace miner
