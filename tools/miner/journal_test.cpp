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
    journal.connected(1);
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

TEST_F(JournalTest, AppendsToWhatThereIs) {
    for (int run = 0; run < 2; ++run) Journal(path_, clock_).connected(1);
    EXPECT_EQ(lines().size(), 2U);
}

TEST_F(JournalTest, RefusesAPathThatCannotBeWritten) {
    EXPECT_THROW(Journal("/nonexistent/journal", clock_), std::runtime_error);
}

}  // namespace
}  // namespace miner
