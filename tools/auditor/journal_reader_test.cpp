#include "auditor/journal_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace auditor {
namespace {

using testing::HasSubstr;

std::vector<JournalChannel> read(const std::string& text) {
    std::istringstream lines{text};
    return read_journal(lines, "m");
}

constexpr const char* one_run =
    R"({"event":"connected","time_us":1,"connection":1}
{"event":"channel_opened","time_us":2,"connection":1,"channel":0,"channel_id":7,"kind":"extended","group_channel_id":1,"extranonce_prefix":"0000000000000001","extranonce_size":8,"target":"ff"}
{"event":"share","time_us":3,"connection":1,"channel":0,"channel_id":7,"sequence_number":1,"job_id":1,"nonce":5,"ntime":1,"version":1,"extranonce_prefix":"0000000000000001","extranonce":"","header":"","hash":"aa","target":"ff"}
{"event":"share","time_us":4,"connection":1,"channel":0,"channel_id":7,"sequence_number":2,"job_id":1,"nonce":6,"ntime":1,"version":1,"extranonce_prefix":"0000000000000001","extranonce":"","header":"","hash":"bb","target":"ff"}
{"event":"error","time_us":5,"connection":1,"channel_id":7,"sequence_number":2,"error_code":"stale-share"}
{"event":"success","time_us":6,"connection":1,"channel_id":7,"last_sequence_number":1,"count":1,"sum":3}
{"event":"connection_lost","time_us":7,"connection":1,"reason":"x"}
)";

TEST(ReadJournal, GathersWhatHappenedToEachChannel) {
    const auto channels = read(one_run);
    ASSERT_EQ(channels.size(), 1U);
    const auto& channel = channels[0];
    EXPECT_EQ(channel.key, "0000000000000001");
    EXPECT_EQ(channel.name, "m run 1 connection 1 channel 7");
    ASSERT_EQ(channel.shares.size(), 2U);
    EXPECT_EQ(channel.shares[1].hash, "bb");
    EXPECT_EQ(channel.shares[1].nonce, 6U);
    EXPECT_EQ(channel.accepted_count, 1U);
    EXPECT_EQ(channel.accepted_sum, 3U);
    EXPECT_TRUE(channel.is_acknowledged(channel.shares[0]));
    EXPECT_FALSE(channel.is_acknowledged(channel.shares[1]));
}

TEST(ReadJournal, ASecondRunHasChannelsOfItsOwn) {
    const auto channels = read(std::string{one_run} + one_run);
    ASSERT_EQ(channels.size(), 2U);
    EXPECT_EQ(channels[1].name, "m run 2 connection 1 channel 7");
    EXPECT_EQ(channels[1].shares.size(), 2U);
}

TEST(ReadJournal, ForgivesALastLineThatIsCutShort) {
    EXPECT_EQ(read(std::string{one_run} + R"({"event":"sha)").size(), 1U);
}

TEST(ReadJournal, NamesTheLineThatIsNoJournal) {
    const auto refused = [](const std::string& text) {
        try {
            read(text);
        } catch (const std::runtime_error& error) {
            return std::string{error.what()};
        }
        return std::string{};
    };
    EXPECT_THAT(refused("nonsense\n"), HasSubstr("m:1:"));
    EXPECT_THAT(refused(std::string{one_run} + "{}\n"), HasSubstr("m:8:"));
    EXPECT_THAT(refused(R"({"event":"share","connection":1,"channel_id":3})"
                        "\n"),
                HasSubstr("channel 3 is not open"));
}

}  // namespace
}  // namespace auditor
