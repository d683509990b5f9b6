#include <gtest/gtest.h>

#include <vector>

#include "base/hex.h"
#include "sv1/line_reader.h"
#include "sv1/testing.h"

// What real firmware sends, with its spaces, member order, ids and line ends.

namespace sv1 {
namespace {

using testing::call;

/// Puts a dialogue through a reader, all in one segment, and gives its lines.
std::vector<std::string> lines_of(std::string_view stream) {
    LineReader reader;
    std::vector<std::string> lines;
    auto unread = base::as_bytes(stream);
    for (auto line = reader.take_line(unread); line && *line; line = reader.take_line(unread))
        lines.emplace_back(**line);
    return lines;
}

TEST(Firmware, CgminerConfiguresFirstAndResumesASession) {
    Parser parser;
    const auto lines = lines_of(
        "{\"id\": 0, \"method\": \"mining.configure\", \"params\": [[\"version-rolling\"], "
        "{\"version-rolling.mask\": \"ffffffff\"}]}\n"
        "{\"id\": 1, \"method\": \"mining.subscribe\", \"params\": [\"cgminer/4.11.1\", "
        "\"08000002\"]}\n"
        "{\"id\": 2, \"method\": \"mining.authorize\", \"params\": [\"bob.1\", \"x\"]}\n"
        "{\"params\": [\"bob.1\", \"1f\", \"00000001\", \"680be961\", \"00004107\", "
        "\"00800000\"], \"id\": 4, \"method\": \"mining.submit\"}\n");
    ASSERT_EQ(lines.size(), 4U);
    EXPECT_EQ(call<Configure>(parser, lines[0]).version_rolling_mask, 0xffffffffU);
    EXPECT_EQ(call<Subscribe>(parser, lines[1]).session_id, "08000002");
    EXPECT_EQ(call<Authorize>(parser, lines[2]).user, "bob.1");
    const auto share = call<Submit>(parser, lines[3]);
    EXPECT_EQ(share.job_id, "1f");
    EXPECT_EQ(share.version_bits, 0x00800000U);
}

TEST(Firmware, EspMinerPipelinesItsRequests) {
    Parser parser;
    const auto lines = lines_of(
        "{\"id\": 1, \"method\": \"mining.configure\", \"params\": [[\"version-rolling\"], "
        "{\"version-rolling.mask\": \"ffffffff\"}]}\n"
        "{\"id\": 2, \"method\": \"mining.subscribe\", \"params\": [\"bitaxe/BM1366/v2.4.1\"]}\n"
        "{\"id\": 3, \"method\": \"mining.authorize\", \"params\": [\"bc1qtest.axe\", \"x\"]}\n"
        "{\"id\": 4, \"method\": \"mining.suggest_difficulty\", \"params\": [1000]}\n"
        "{\"id\": 5, \"method\": \"mining.extranonce.subscribe\", \"params\": []}\n"
        "{\"id\": 6, \"method\": \"mining.submit\", \"params\": [\"bc1qtest.axe\", \"17\", "
        "\"0000000000000001\", \"680be961\", \"a4d50107\", \"0080e000\"]}\n");
    ASSERT_EQ(lines.size(), 6U);
    EXPECT_TRUE(call<Configure>(parser, lines[0]).lists(version_rolling));
    EXPECT_EQ(call<Subscribe>(parser, lines[1]).user_agent, "bitaxe/BM1366/v2.4.1");
    EXPECT_EQ(call<Authorize>(parser, lines[2]).user, "bc1qtest.axe");
    EXPECT_EQ(call<SuggestDifficulty>(parser, lines[3]).difficulty, 1000);
    call<ExtranonceSubscribe>(parser, lines[4]);
    EXPECT_EQ(call<Submit>(parser, lines[5]).version_bits, 0x0080e000U);
    // And answers a ping of ours.
    EXPECT_EQ(
        std::get<std::string_view>(
            testing::response(parser, R"({"id": 9, "result": "pong", "error": null})").result),
        "pong");
}

TEST(Firmware, NerdMinerSuggestsFractionsAndDropsLeadingZeros) {
    Parser parser;
    EXPECT_EQ(
        call<SuggestDifficulty>(
            parser, R"({"id": 3, "method": "mining.suggest_difficulty", "params": [0.00015]})")
            .difficulty,
        0.00015);
    const auto share = call<Submit>(
        parser,
        R"({"id":7,"method":"mining.submit","params":["bob","17","00000002","680be961","4107"]})");
    EXPECT_EQ(share.nonce, 0x4107U);
    EXPECT_EQ(share.version_bits, std::nullopt);
}

TEST(Firmware, BraiinsOsSubscribesWithNullAndItsMarketWithNothing) {
    Parser parser;
    for (const auto* params : {"null", "[]", "[null, null]"})
        EXPECT_EQ(call<Subscribe>(parser, std::string{R"({"id":0,"method":"mining.subscribe",)"} +
                                              R"("params":)" + params + "}")
                      .user_agent,
                  "");
    EXPECT_EQ(
        call<Subscribe>(
            parser, R"({"id":0,"method":"mining.subscribe","params":["bosminer-plus-tuner 0.2"]})")
            .user_agent,
        "bosminer-plus-tuner 0.2");
    const auto configure = call<Configure>(
        parser, R"({"id":1,"method":"mining.configure","params":[["version-rolling"],)"
                R"({"version-rolling.mask":"1fffe000","version-rolling.min-bit-count":"16"}]})");
    EXPECT_EQ(configure.version_rolling_min_bit_count, 16U);
}

TEST(Firmware, WhatsminerSuggestsADifficultyFirst) {
    Parser parser;
    const auto lines = lines_of(
        "{\"id\":1,\"method\":\"mining.suggest_difficulty\",\"params\":[\"65536\"]}\r\n"
        "{\"id\":2,\"method\":\"mining.subscribe\",\"params\":[\"whatsminer/v1.1\"]}\r\n");
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_EQ(call<SuggestDifficulty>(parser, lines[0]).difficulty, 65536);
    EXPECT_EQ(call<Subscribe>(parser, lines[1]).user_agent, "whatsminer/v1.1");
}

TEST(Firmware, AntminerAsksForVersionsAndExtranonces) {
    Parser parser;
    EXPECT_EQ(
        call<MultiVersion>(parser, R"({"id": 3, "method": "mining.multi_version", "params": [4]})")
            .count,
        4U);
    call<ExtranonceSubscribe>(
        parser, R"({"id": 4, "method": "mining.extranonce.subscribe", "params": []})");
}

TEST(Firmware, NiceHashNamesTheHostItWants) {
    Parser parser;
    EXPECT_EQ(call<Subscribe>(parser, R"({"id":1,"method":"mining.subscribe","params":)"
                                      R"(["NiceHash/1.0.0", null, "pool.example", 3333]})")
                  .user_agent,
              "NiceHash/1.0.0");
}

TEST(Firmware, BfgminerHasTextsAndNullAsIds) {
    Parser parser;
    EXPECT_EQ(testing::request(
                  parser, R"({"id": "auth", "method": "mining.authorize", "params": ["bob", "x"]})")
                  .id.json(),
              "\"auth\"");
    EXPECT_EQ(testing::request(
                  parser, R"({"id": null, "method": "mining.extranonce.subscribe", "params": []})")
                  .id.json(),
              "null");
}

TEST(Firmware, MinerdSubmitsFiveParameters) {
    Parser parser;
    const auto share = call<Submit>(
        parser, R"({"method": "mining.submit", "params": ["bob", "17", "01000000", "680be961", )"
                R"("00004107"], "id":4})");
    EXPECT_EQ(base::to_hex(share.extranonce2.view()), "01000000");
    EXPECT_EQ(share.version_bits, std::nullopt);
}

}  // namespace
}  // namespace sv1
