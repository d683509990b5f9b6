#include "auditor/journal_reader.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace auditor {
namespace {

using testing::HasSubstr;

Journal read_all(const std::string& text) {
    std::istringstream lines{text};
    return read_journal(lines, "m");
}
std::vector<JournalChannel> read(const std::string& text) {
    return read_all(text).channels;
}

constexpr const char* one_run =
    R"({"event":"connected","time_us":1,"connection":1}
{"event":"channel_opened","time_us":2,"connection":1,"channel":0,"channel_id":7,"kind":"extended","group_channel_id":1,"extranonce_prefix":"0000000000000001","extranonce_size":8,"target":"ff"}
{"event":"share","time_us":3,"connection":1,"channel":0,"channel_id":7,"sequence_number":1,"job_id":1,"nonce":5,"ntime":1,"version":1,"extranonce_prefix":"0000000000000001","extranonce":"","header":"","hash":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","target":"ff"}
{"event":"share","time_us":4,"connection":1,"channel":0,"channel_id":7,"sequence_number":2,"job_id":1,"nonce":6,"ntime":1,"version":1,"extranonce_prefix":"0000000000000001","extranonce":"","header":"","hash":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","target":"ff"}
{"event":"error","time_us":5,"connection":1,"channel_id":7,"sequence_number":2,"error_code":"stale-share"}
{"event":"success","time_us":6,"connection":1,"channel_id":7,"last_sequence_number":1,"count":1,"sum":3}
{"event":"connection_lost","time_us":7,"connection":1,"reason":"x"}
)";

TEST(ReadJournal, GathersWhatHappenedToEachChannel) {
    const auto channels = read(one_run);
    ASSERT_EQ(channels.size(), 1U);
    const auto& channel = channels[0];
    EXPECT_EQ(channel.key, mining::ChannelKey{1});
    EXPECT_EQ(channel.name, "m run 1 connection 1 channel 7");
    ASSERT_EQ(channel.shares.size(), 2U);
    EXPECT_EQ(channel.shares[1].hash.value.to_be_hex(), std::string(64, 'b'));
    EXPECT_FALSE(channel.shares[1].has_header);
    EXPECT_EQ(channel.rejected.at(2), "stale-share");
    EXPECT_EQ(channel.shares[1].nonce, 6U);
    EXPECT_EQ(channel.accepted_count, 1U);
    EXPECT_EQ(channel.accepted_sum, 3U);
    EXPECT_TRUE(channel.is_acknowledged(channel.shares[0]));
    EXPECT_FALSE(channel.is_acknowledged(channel.shares[1]));
}

/// The header of block 1.
constexpr const char* header =
    "010000006fe28c0ab6f1b372c1a6a246ae63f74f931e8365e15a089c68d6190000000000982051fd1e4ba744bbbe68"
    "0e"
    "1fee14677ba1a3c3540bf7b1cdb606e857233e0e61bc6649ffff001d01e36299";
constexpr const char* header_hash =
    "00000000839a8e6886ab5951d76f411475428afc90947ee320161bbf18eb6048";

std::string share_line(const std::string& nonce, const std::string& hash) {
    return R"({"event":"share","connection":1,"channel_id":7,"sequence_number":3,"nonce":)" +
           nonce + R"(,"hash":")" + hash + R"(","header":")" + header + "\"}\n";
}

TEST(ReadJournal, TakesWhatTheHeaderSays) {
    const auto channels = read(one_run + share_line("2573394689", header_hash));
    const auto& share = channels.at(0).shares.at(2);
    EXPECT_TRUE(share.has_header);
    EXPECT_EQ(share.version, 1U);
    EXPECT_EQ(share.ntime, 0x4966bc61U);
    EXPECT_EQ(share.nbits, 0x1d00ffffU);
    EXPECT_EQ(share.prev_hash.value.to_be_hex(),
              "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f");
}

TEST(ReadJournal, ASecondRunHasChannelsOfItsOwn) {
    const auto channels = read(std::string{one_run} + one_run);
    ASSERT_EQ(channels.size(), 2U);
    EXPECT_EQ(channels[1].name, "m run 2 connection 1 channel 7");
    EXPECT_EQ(channels[1].shares.size(), 2U);
}

TEST(ReadJournal, TellsConnectionsOfOneRunApart) {
    const auto opened = [](int connection, int prefix) {
        return fmt::format(
            R"({{"event":"channel_opened","connection":{},"channel_id":7,"extranonce_prefix":"000000000000000{}"}})"
            "\n",
            connection, prefix);
    };
    const std::string success = R"(,"channel_id":7,"last_sequence_number":1,"count":1,"sum":3})";
    const auto channels =
        read(R"({"event":"connected","connection":1})"
             "\n"
             R"({"event":"connected","connection":2})"
             "\n" +
             opened(2, 2) + opened(1, 1) + R"({"event":"success","connection":1)" + success + "\n" +
             R"({"event":"success","connection":2)" + success + "\n" +
             R"({"event":"success","connection":1)" + success + "\n");
    ASSERT_EQ(channels.size(), 2U);
    EXPECT_EQ(channels[0].name, "m run 1 connection 2 channel 7");
    EXPECT_EQ(channels[0].accepted_count, 1U);
    EXPECT_EQ(channels[1].accepted_count, 2U);
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
    EXPECT_THAT(refused(one_run + share_line("1", header_hash)), HasSubstr("nonce is not"));
    EXPECT_THAT(refused(one_run + share_line("2573394689", std::string(64, '1'))),
                HasSubstr("hash is not that of header"));
}

std::string submit_line(int connection, int request, const std::string& more = "") {
    return fmt::format(
        R"({{"event":"submit","time_us":1000,"connection":{},"request_id":{},"job_id":"a","header":"{}","target":"{}"{}}})"
        "\n",
        connection, request, header, std::string(64, 'f'), more);
}
constexpr const char* two_connected =
    R"({"event":"connected","time_us":1,"connection":1,"protocol":"sv1"}
{"event":"connected","time_us":2,"connection":2,"protocol":"sv1"}
)";

TEST(ReadSv1Journal, KeepsConnectionsApart) {
    const auto sv1 =
        read_all(
            two_connected + submit_line(2, 7) + submit_line(1, 7) + submit_line(2, 8) +
            R"({"event":"answer","time_us":1500,"connection":2,"request_id":7,"result":true,"code":null,"text":""}
{"event":"answer","time_us":1600,"connection":1,"request_id":7,"result":false,"code":21,"text":"Job not found"}
)")
            .sv1;
    ASSERT_EQ(sv1.size(), 2U);
    ASSERT_EQ(sv1[0].shares.size(), 1U);
    ASSERT_EQ(sv1[1].shares.size(), 2U);
    EXPECT_EQ(sv1[1].name, "m run 1 connection 2");
    EXPECT_EQ(sv1[0].shares[0].answer, Sv1Share::Answer::rejected);
    const auto& share = sv1[1].shares[0];
    EXPECT_EQ(share.answer, Sv1Share::Answer::accepted);
    EXPECT_EQ(share.sent_us, 1000);
    EXPECT_EQ(share.answered_us, 1500);
    EXPECT_EQ(share.hash.value.to_be_hex(), header_hash) << "computed, not believed";
    EXPECT_EQ(sv1[1].shares[1].answer, Sv1Share::Answer::none);
}

TEST(ReadSv1Journal, KnowsTheLedgersJobFromTheCoinbase) {
    // A scriptSig of 29 bytes: height, tag, and a push of 22: template 0x0102, variant 3, and the
    // channel's key 0x0a0b, of which four bytes are extranonce1.
    const std::string coinbase1 =
        "02000000"
        "01" +
        std::string(64, '0') +
        "ffffffff"
        "1d"
        "03aabbcc"
        "0174"
        "16"
        "0000000000000102"
        "0003"
        "00000000";
    const auto job_line =
        R"({"event":"job","time_us":3,"connection":1,"job_id":"a","coinbase1":")" + coinbase1 +
        R"(","coinbase2":"ffffffff","extranonce1":"00000a0b"})"
        "\n";
    const auto sv1 = read_all(two_connected + submit_line(1, 6) + job_line + submit_line(1, 7)).sv1;
    ASSERT_EQ(sv1.size(), 1U);
    EXPECT_FALSE(sv1[0].shares[0].job);
    EXPECT_EQ(sv1[0].shares[1].job, (LedgerJob{mining::ChannelKey{0x0a0b},
                                               mining::TemplateRef{0x0102}, mining::Variant{3}}));
}

TEST(ReadSv1Journal, NamesTheLineThatIsNoJournal) {
    const auto refused = [](const std::string& text) {
        try {
            read_all(text);
        } catch (const std::runtime_error& error) {
            return std::string{error.what()};
        }
        return std::string{};
    };
    EXPECT_THAT(refused(submit_line(1, 1)), HasSubstr("m:1: no SV1 connection"));
    EXPECT_THAT(refused(two_connected + submit_line(1, 1, R"(,"hash":"00")")),
                HasSubstr("m:3: hash is not that of header"));
    EXPECT_THAT(
        refused(std::string{two_connected} +
                R"({"event":"answer","time_us":5,"connection":1,"request_id":7,"result":true})"
                "\n"),
        HasSubstr("share 7 was not submitted"));
}

}  // namespace
}  // namespace auditor
