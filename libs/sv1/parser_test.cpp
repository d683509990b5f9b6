#include "sv1/parser.h"

#include <gmock/gmock.h>

#include "sv1/testing.h"

namespace sv1 {
namespace {

using testing::call;
using testing::call_error;
using testing::request;
using testing::response;

TEST(Parser, RepeatsIdsAsTheyCame) {
    Parser parser;
    const struct {
        const char* line;
        const char* id;
    } cases[] = {
        {R"({"id":1,"method":"mining.ping"})", "1"},
        {R"({"id":-7,"method":"mining.ping"})", "-7"},
        {R"({"id":18446744073709551615,"method":"mining.ping"})", "18446744073709551615"},
        {R"({"id":"auth","method":"mining.ping"})", "\"auth\""},
        {R"({"id":"a\"b\\c\n","method":"mining.ping"})", "\"a\\\"b\\\\c\\u000a\""},
        {R"({"id":"","method":"mining.ping"})", "\"\""},
        {R"({"id":null,"method":"mining.ping"})", "null"},
        {R"({"method":"mining.ping"})", "null"},
    };
    for (const auto& [line, id] : cases) EXPECT_EQ(request(parser, line).id.json(), id);
    EXPECT_TRUE(request(parser, R"({"method":"mining.ping"})").id.is_absent());
    EXPECT_FALSE(request(parser, R"({"id":null,"method":"mining.ping"})").id.is_absent());
    EXPECT_EQ(request(parser, R"({"id":7,"method":"x"})").id, Id::of(std::int64_t{7}));
}

TEST(Parser, DoesNotMindTheOrderOfMembersNorUnknownOnes) {
    Parser parser;
    const auto submit = call<Submit>(
        parser, R"( { "params" : ["w","5","0102","680be961","4107"] , "x":{"y":[1]}, "method":)"
                R"("mining.submit","jsonrpc":"2.0","id":4 } )");
    EXPECT_EQ(submit.worker, "w");
    EXPECT_EQ(submit.job_id, "5");
}

TEST(Parser, TellsWhyALineIsNoMessage) {
    Parser parser;
    const std::string deep(9, '[');
    const struct {
        std::string line;
        ParseError error;
    } cases[] = {
        {"", ParseError::not_json},
        {"   ", ParseError::not_json},
        {"GET / HTTP/1.1", ParseError::not_json},
        {"{", ParseError::not_json},
        {R"({"id":1,"method":"mining.ping")", ParseError::not_json},
        {R"({"id":1,"method":"mining.ping"}})", ParseError::not_json},
        {R"({"id":1,"method":"mining.ping"}{"id":2})", ParseError::not_json},
        {R"({"id":1,"method":"mining.ping","x":[1 2]})", ParseError::not_json},
        {R"({"id":1e999,"method":"mining.ping"})", ParseError::not_json},
        {R"({"id":99999999999999999999,"method":"mining.ping"})", ParseError::not_json},
        {std::string{"{\"id\":1,\"method\":\"mining.ping\0\"}", 31}, ParseError::not_json},
        {"{\"id\":1,\"method\":\"\xff\"}", ParseError::not_utf8},
        {"{\"id\":1,\"method\":\"mining.authorize\",\"params\":[\"M\xfcller\"]}",
         ParseError::not_utf8},
        {"{\"id\":1,\"method\":\"x\",\"params\":" + deep + std::string(9, ']') + "}",
         ParseError::too_deep},
        {"[]", ParseError::not_a_message},
        {"7", ParseError::not_a_message},
        {R"([{"id":1,"method":"mining.ping"}])", ParseError::not_a_message},
        {"{}", ParseError::not_a_message},
        {R"({"id":1})", ParseError::not_a_message},
        {R"({"id":1.5,"method":"mining.ping"})", ParseError::bad_id},
        {R"({"id":true,"method":"mining.ping"})", ParseError::bad_id},
        {R"({"id":[1],"method":"mining.ping"})", ParseError::bad_id},
        {R"({"id":")" + std::string(62, 'x') + R"(","method":"mining.ping"})", ParseError::bad_id},
        {R"({"id":1,"method":7})", ParseError::bad_method},
        {R"({"id":1,"method":")" + std::string(65, 'x') + R"("})", ParseError::bad_method},
    };
    for (const auto& [line, error] : cases) {
        const auto message = parser.parse(line);
        ASSERT_FALSE(message) << line;
        EXPECT_EQ(message.error(), error) << line << " is " << error_code(message.error());
        EXPECT_NE(error_code(error), "");
    }
    EXPECT_TRUE(parser.parse(R"({"id":")" + std::string(61, 'x') + R"(","method":"mining.ping"})"));
    EXPECT_TRUE(parser.parse(R"({"id":1,"method":")" + std::string(64, 'x') + R"("})"));
}

TEST(Parser, BoundsTheLineAtBothSides) {
    Parser parser{100};
    const std::string line = R"({"id":1,"method":"mining.ping","params":[]})";
    EXPECT_TRUE(parser.parse(line + std::string(100 - line.size(), ' ')));
    const auto longer = parser.parse(line + std::string(101 - line.size(), ' '));
    ASSERT_FALSE(longer);
    EXPECT_EQ(longer.error(), ParseError::too_long);
}

TEST(Parser, BoundsDepthAtBothSides) {
    Parser parser;
    const auto line = [](std::size_t depth) {
        return R"({"id":1,"method":"x","params":)" + std::string(depth, '[') +
               std::string(depth, ']') + "}";
    };
    EXPECT_TRUE(parser.parse(line(6)));
    EXPECT_FALSE(parser.parse(line(20)));
}

TEST(Parser, AnswersUnknownMethodsWithTheirId) {
    Parser parser;
    const auto unknown = request(parser, R"({"id":3,"method":"mining.fly","params":{"a":1}})");
    EXPECT_EQ(unknown.method, "mining.fly");
    EXPECT_EQ(unknown.id.json(), "3");
    ASSERT_FALSE(unknown.call);
    EXPECT_EQ(unknown.call.error(), CallError::unknown_method);
}

TEST(Parser, ToleratesASubscribeOfAnyForm) {
    Parser parser;
    const struct {
        const char* params;
        const char* agent;
        std::optional<std::string_view> session;
    } cases[] = {
        {"", "", {}},
        {R"(,"params":null)", "", {}},
        {R"(,"params":[])", "", {}},
        {R"(,"params":[null])", "", {}},
        {R"(,"params":[null,null,null])", "", {}},
        {R"(,"params":["a/1"])", "a/1", {}},
        {R"(,"params":["a/1",null])", "a/1", {}},
        {R"(,"params":["a/1",""])", "a/1", {}},
        {R"(,"params":["a/1","5e55"])", "a/1", "5e55"},
        {R"(,"params":["a/1",null,"pool.example",3333])", "a/1", {}},
    };
    for (const auto& [params, agent, session] : cases) {
        const auto subscribe = call<Subscribe>(
            parser, std::string{R"({"id":1,"method":"mining.subscribe")"} + params + "}");
        EXPECT_EQ(subscribe.user_agent, agent) << params;
        EXPECT_EQ(subscribe.session_id, session) << params;
    }
    EXPECT_EQ(call_error(parser, R"({"id":1,"method":"mining.subscribe","params":{}})"),
              CallError::parameters_not_a_list);
    EXPECT_EQ(call_error(parser, R"({"id":1,"method":"mining.subscribe","params":[7]})"),
              CallError::text_expected);
    EXPECT_EQ(call_error(parser, R"({"id":1,"method":"mining.subscribe","params":[")" +
                                     std::string(256, 'x') + R"("]})"),
              CallError::text_too_long);
}

TEST(Parser, AuthorizesWithAndWithoutAPassword) {
    Parser parser;
    const auto line = [](std::string_view params) {
        return R"({"id":1,"method":"mining.authorize","params":)" + std::string{params} + "}";
    };
    const auto both = call<Authorize>(parser, line(R"(["bob.1","d=1024"])"));
    EXPECT_EQ(both.user, "bob.1");
    EXPECT_EQ(both.password, "d=1024");
    EXPECT_EQ(call<Authorize>(parser, line(R"(["bob"])")).password, "");
    EXPECT_EQ(call<Authorize>(parser, line(R"(["bob",null])")).password, "");
    EXPECT_EQ(call<Authorize>(parser, line("[\"Jürgen\\u00df\"]")).user, "Jürgenß");
    EXPECT_EQ(call<Authorize>(parser, line(R"([")" + std::string(255, 'x') + R"("])")).user.size(),
              255U);
    EXPECT_EQ(call_error(parser, line(R"([")" + std::string(256, 'x') + R"("])")),
              CallError::text_too_long);
    EXPECT_EQ(call_error(parser, line("[]")), CallError::parameter_missing);
    EXPECT_EQ(call_error(parser, line("[null,\"x\"]")), CallError::parameter_missing);
    EXPECT_EQ(call_error(parser, line(R"(["bob",7])")), CallError::text_expected);
}

TEST(Parser, ReadsConfigure) {
    Parser parser;
    const auto line = [](std::string_view params) {
        return R"({"id":1,"method":"mining.configure","params":)" + std::string{params} + "}";
    };
    const auto all = call<Configure>(
        parser, line(R"([["version-rolling","minimum-difficulty","subscribe-extranonce","fly"],)"
                     R"({"version-rolling.mask":"1fffe000","version-rolling.min-bit-count":2,)"
                     R"("minimum-difficulty.value":2048,"fly.height":[1]}])"));
    EXPECT_THAT(all.extensions, ::testing::ElementsAre("version-rolling", "minimum-difficulty",
                                                       "subscribe-extranonce", "fly"));
    EXPECT_TRUE(all.lists(version_rolling));
    EXPECT_FALSE(all.lists("swim"));
    EXPECT_EQ(all.version_rolling_mask, 0x1fffe000U);
    EXPECT_EQ(all.version_rolling_min_bit_count, 2U);
    EXPECT_EQ(all.minimum_difficulty, 2048.0);
    const auto text = call<Configure>(
        parser, line(R"([["version-rolling"],{"version-rolling.min-bit-count":"2"}])"));
    EXPECT_EQ(text.version_rolling_min_bit_count, 2U);
    EXPECT_EQ(text.version_rolling_mask, std::nullopt);
    EXPECT_TRUE(call<Configure>(parser, line(R"([["version-rolling"]])")).lists(version_rolling));
    EXPECT_TRUE(call<Configure>(parser, line("[[]]")).extensions.empty());
    const struct {
        std::string params;
        CallError error;
    } refused[] = {
        {"[]", CallError::parameter_missing},
        {R"(["version-rolling"])", CallError::parameters_not_a_list},
        {"[[7]]", CallError::text_expected},
        {R"([["version-rolling"],{"version-rolling.mask":"1ffffe0000"}])", CallError::bad_mask},
        {R"([["version-rolling"],{"version-rolling.mask":536862720}])", CallError::bad_mask},
        {R"([["1","2","3","4","5","6","7","8","9","10","11","12","13","14","15","16","17"]])",
         CallError::too_many_entries},
    };
    for (const auto& [params, error] : refused)
        EXPECT_EQ(call_error(parser, line(params)), error) << params;
}

TEST(Parser, ReadsDifficultiesAsNumbersAndAsText) {
    Parser parser;
    const auto line = [](std::string_view value) {
        return R"({"id":1,"method":"mining.suggest_difficulty","params":[)" + std::string{value} +
               "]}";
    };
    const struct {
        const char* value;
        double difficulty;
    } cases[] = {{"1024", 1024},   {"0.00015", 0.00015},
                 {"1e-4", 1e-4},   {"\"512\"", 512},
                 {"\"0.5\"", 0.5}, {"18446744073709551615", 18446744073709551615.0}};
    for (const auto& [value, difficulty] : cases)
        EXPECT_EQ(call<SuggestDifficulty>(parser, line(value)).difficulty, difficulty);
    for (const auto* value : {"0", "-1", "0.0", "\"\"", "\"x\"", "\"1 \"", "\"inf\"", "\"nan\"",
                              "true", "[1]", "\"1e999\""})
        EXPECT_EQ(call_error(parser, line(value)), CallError::bad_difficulty) << value;
    EXPECT_EQ(call_error(parser, line("null")), CallError::parameter_missing);
    EXPECT_EQ(call_error(parser, R"({"id":1,"method":"mining.suggest_difficulty"})"),
              CallError::parameter_missing);
}

TEST(Parser, UnderstandsWhatHasNoParameters) {
    Parser parser;
    call<ExtranonceSubscribe>(parser, R"({"id":1,"method":"mining.extranonce.subscribe"})");
    call<ExtranonceSubscribe>(parser,
                              R"({"id":1,"method":"mining.extranonce.subscribe","params":[]})");
    call<Ping>(parser, R"({"id":1,"method":"mining.ping","params":[]})");
    call<GetTransactions>(parser, R"({"id":1,"method":"mining.get_transactions","params":["1"]})");
    call<GetVersion>(parser, R"({"id":1,"method":"client.get_version","params":[]})");
    EXPECT_EQ(call<MultiVersion>(parser, R"({"id":1,"method":"mining.multi_version","params":[4]})")
                  .count,
              4U);
}

TEST(Parser, ReadsResponses) {
    Parser parser;
    const auto yes = response(parser, R"({"id":4,"result":true,"error":null})");
    EXPECT_EQ(yes.id, Id::of(std::int64_t{4}));
    EXPECT_TRUE(std::get<bool>(yes.result));
    EXPECT_FALSE(yes.error);
    const auto stale =
        response(parser, R"({"id":5,"result":null,"error":[21,"Job not found",null]})");
    EXPECT_TRUE(std::holds_alternative<NullResult>(stale.result));
    EXPECT_EQ(stale.error->code, 21);
    EXPECT_EQ(stale.error->text, "Job not found");
    const auto rpc2 = response(parser, R"({"id":5,"error":{"code":-3,"message":"no"}})");
    EXPECT_EQ(rpc2.error->code, -3);
    EXPECT_EQ(rpc2.error->text, "no");
    EXPECT_EQ(response(parser, R"({"id":5,"error":"no"})").error->text, "no");
    EXPECT_EQ(response(parser, R"({"id":5,"error":[]})").error->code, 0);
    EXPECT_EQ(std::get<std::string_view>(response(parser, R"({"id":6,"result":"pong"})").result),
              "pong");
    const auto subscribed = std::get<SubscribeResult>(
        response(parser,
                 R"({"id":1,"result":[[["mining.set_difficulty","1"],["mining.notify","5e55"]],)"
                 R"("f800ab",4],"error":null})")
            .result);
    EXPECT_EQ(subscribed.session_id, "5e55");
    EXPECT_EQ(subscribed.extranonce1.size, 3U);
    EXPECT_EQ(subscribed.extranonce1.bytes[0], std::byte{0xf8});
    EXPECT_EQ(subscribed.extranonce2_size, 4U);
    for (const auto* odd : {"[]", "[[],\"f8\"]", "[[],\"f\",4]", "[[],\"f8\",33]", "7", "[[],7,4]"})
        EXPECT_TRUE(std::holds_alternative<OtherResult>(
            response(parser, std::string{R"({"id":1,"result":)"} + odd + "}").result))
            << odd;
    const auto configured = std::get<ConfigureResult>(
        response(parser, R"({"id":1,"result":{"version-rolling":true,)"
                         R"("version-rolling.mask":"1fffe000","minimum-difficulty":false}})")
            .result);
    EXPECT_EQ(configured.version_rolling, true);
    EXPECT_EQ(configured.version_rolling_mask, 0x1fffe000U);
    EXPECT_EQ(configured.minimum_difficulty, false);
    EXPECT_EQ(configured.subscribe_extranonce, std::nullopt);
}

}  // namespace
}  // namespace sv1
