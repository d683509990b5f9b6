#include "sv1/notifications.h"

#include <gmock/gmock.h>

#include "base/hex.h"
#include "sv1/testing.h"

namespace sv1 {
namespace {

template <class C>
std::string line_of(const C& call) {
    std::string line;
    append_call(call, line);
    return line;
}

bitcoin::Uint256 from_wire(std::string_view hex) {
    return bitcoin::Uint256::from_bytes(
        std::span<const std::byte, 32>{base::from_hex(hex).value()});
}

// Share A of the reference, with a branch that it does not have.
struct Job {
    base::Bytes coinbase1 = base::from_hex("0200000001ff").value();
    base::Bytes coinbase2 = base::from_hex("ffffffff02").value();
    std::vector<bitcoin::Uint256> branch{
        from_wire("cae378f9a9dc0d816aa282f36506f209ece36dd90eb50781a25798a509763a05")};
    Notify notify{
        .job_id = "17",
        .prev_hash = from_wire("17cd48869956dc99e01cd892e478e39dd563a0a3803b8bbe9e3e000000000000"),
        .coinbase1 = coinbase1,
        .coinbase2 = coinbase2,
        .merkle_branch = branch,
        .version = 0x20000000,
        .nbits = 0x1b00d7c0,
        .ntime = 0x680be961,
        .clean_jobs = true};
};

TEST(Notifications, C243_C244_WriteAJobAsSv1WantsIt) {
    const Job job;
    EXPECT_EQ(line_of(job.notify),
              "{\"id\":null,\"method\":\"mining.notify\",\"params\":[\"17\","
              "\"8648cd1799dc569992d81ce09de378e4a3a063d5be8b3b8000003e9e00000000\","
              "\"0200000001ff\",\"ffffffff02\","
              "[\"cae378f9a9dc0d816aa282f36506f209ece36dd90eb50781a25798a509763a05\"],"
              "\"20000000\",\"1b00d7c0\",\"680be961\",true]}\n");
}

TEST(Notifications, ReadAsTheyAreWritten) {
    Parser parser;
    const Job job;
    const auto read = testing::call<Notify>(parser, line_of(job.notify));
    EXPECT_EQ(read.job_id, "17");
    EXPECT_EQ(read.prev_hash, job.notify.prev_hash);
    EXPECT_EQ(base::to_hex(read.coinbase1), "0200000001ff");
    EXPECT_EQ(base::to_hex(read.coinbase2), "ffffffff02");
    EXPECT_THAT(read.merkle_branch, ::testing::ElementsAreArray(job.branch));
    EXPECT_EQ(read.version, 0x20000000U);
    EXPECT_EQ(read.nbits, 0x1b00d7c0U);
    EXPECT_EQ(read.ntime, 0x680be961U);
    EXPECT_TRUE(read.clean_jobs);
    EXPECT_EQ(testing::call<SetDifficulty>(parser, line_of(SetDifficulty{0.5})).difficulty, 0.5);
    EXPECT_EQ(testing::call<SetDifficulty>(parser, line_of(SetDifficulty{1e40})).difficulty, 1e40);
    ExtranonceBytes extranonce1;
    extranonce1.bytes[0] = std::byte{0xf8};
    extranonce1.size = 2;
    const auto set = testing::call<SetExtranonce>(parser, line_of(SetExtranonce{extranonce1, 6}));
    EXPECT_EQ(set.extranonce1, extranonce1);
    EXPECT_EQ(set.extranonce2_size, 6U);
    const auto elsewhere = testing::call<Reconnect>(
        parser, line_of(Reconnect{.host = "b.example", .port = 3334, .wait_s = 5}));
    EXPECT_EQ(elsewhere.host, "b.example");
    EXPECT_EQ(elsewhere.port, 3334);
    EXPECT_EQ(elsewhere.wait_s, 5U);
    EXPECT_EQ(line_of(Reconnect{}),
              "{\"id\":null,\"method\":\"client.reconnect\",\"params\":[]}\n");
    EXPECT_EQ(testing::call<ShowMessage>(parser, line_of(ShowMessage{"hello \\"})).text,
              "hello \\");
}

TEST(Notifications, C254_CallTheMasksMethodAsBip310Does) {
    EXPECT_EQ(line_of(SetVersionMask{0x1fffe000}),
              "{\"id\":null,\"method\":\"mining.set_version_mask\",\"params\":[\"1fffe000\"]}\n");
    Parser parser;
    EXPECT_EQ(testing::call<SetVersionMask>(parser, line_of(SetVersionMask{0})).mask, 0U);
}

TEST(Notifications, AJobOfAStrangerIsBounded) {
    Parser parser;
    const auto line = [](std::string_view prev_hash, std::size_t branches, std::string_view tail) {
        const std::string hash(64, 'a');
        std::string branch;
        for (std::size_t i = 0; i < branches; ++i) branch += (i == 0 ? "\"" : ",\"") + hash + "\"";
        return R"({"id":null,"method":"mining.notify","params":["1",")" + std::string{prev_hash} +
               R"(","00","00",[)" + branch + "]," + std::string{tail} + "]}";
    };
    const std::string hash(64, 'a');
    constexpr std::string_view tail = R"("20000000","1b00d7c0","680be961",false)";
    EXPECT_EQ(testing::call_error(parser, line(hash, 32, tail)), std::nullopt);
    EXPECT_EQ(testing::call_error(parser, line(hash, 33, tail)), CallError::too_many_entries);
    EXPECT_EQ(testing::call_error(parser, line("aa", 0, tail)), CallError::bad_hash);
    EXPECT_EQ(testing::call_error(parser, line(hash, 0, R"("20000000","1b00d7c0","680be961")")),
              CallError::parameter_missing);
    EXPECT_EQ(testing::call_error(parser, line(hash, 0, R"("020000000","1b00d7c0","1",true)")),
              CallError::bad_number);
    EXPECT_EQ(
        testing::call_error(parser, R"({"method":"mining.set_extranonce","params":["00",33]})"),
        CallError::bad_extranonce);
    EXPECT_EQ(testing::call_error(parser, R"({"method":"client.reconnect","params":["h",65536]})"),
              CallError::bad_number);
}

}  // namespace
}  // namespace sv1
