#include "sv1/responses.h"

#include <gtest/gtest.h>

#include "base/hex.h"
#include "sv1/testing.h"

namespace sv1 {
namespace {

const Id seven = Id::of(std::int64_t{7});

template <class Write>
std::string line_of(Write write) {
    std::string line;
    write(line);
    return line;
}

TEST(Responses, AreOneLineEach) {
    EXPECT_EQ(line_of([](auto& out) { append_result(seven, true, out); }),
              "{\"id\":7,\"result\":true,\"error\":null}\n");
    EXPECT_EQ(line_of([](auto& out) { append_result(seven, false, out); }),
              "{\"id\":7,\"result\":false,\"error\":null}\n");
    EXPECT_EQ(line_of([](auto& out) { append_text_result(seven, "pong", out); }),
              "{\"id\":7,\"result\":\"pong\",\"error\":null}\n");
    std::string null_id;
    append_result(Id{}, true, null_id);
    EXPECT_EQ(null_id, "{\"id\":null,\"result\":true,\"error\":null}\n");
}

TEST(Responses, HaveTheCodesAndTextsThatMinersKnow) {
    const struct {
        ErrorCode code;
        const char* error;
    } cases[] = {
        {ErrorCode::other, "[20,\"Other/Unknown\",null]"},
        {ErrorCode::job_not_found, "[21,\"Job not found\",null]"},
        {ErrorCode::duplicate_share, "[22,\"Duplicate share\",null]"},
        {ErrorCode::low_difficulty_share, "[23,\"Low difficulty share\",null]"},
        {ErrorCode::unauthorized_worker, "[24,\"Unauthorized worker\",null]"},
        {ErrorCode::not_subscribed, "[25,\"Not subscribed\",null]"},
    };
    for (const auto& [known, error] : cases) {
        const auto code = known;
        EXPECT_EQ(line_of([&](auto& out) { append_error(seven, code, out); }),
                  std::string{"{\"id\":7,\"result\":null,\"error\":"} + error + "}\n");
    }
    std::string line;
    append_error(seven, ErrorCode::other, "a \"quoted\"\n text", line);
    EXPECT_EQ(line,
              "{\"id\":7,\"result\":null,\"error\":[20,\"a \\\"quoted\\\"\\u000a text\",null]}\n");
}

TEST(Responses, TellASubscriberItsExtranonce) {
    const auto extranonce1 = base::from_hex("f800ab").value();
    const auto line = line_of([&](auto& out) {
        append_subscribed(seven, {"5e55", extranonce1, 4}, out);
    });
    EXPECT_EQ(line,
              "{\"id\":7,\"result\":[[[\"mining.set_difficulty\",\"5e55\"],[\"mining.notify\","
              "\"5e55\"]],\"f800ab\",4],\"error\":null}\n");
    Parser parser;
    const auto read = std::get<SubscribeResult>(testing::response(parser, line).result);
    EXPECT_EQ(read.session_id, "5e55");
    EXPECT_EQ(read.extranonce1.size, 3U);
    EXPECT_EQ(read.extranonce2_size, 4U);
}

TEST(Responses, C252_GrantTheBitsThatBothEndsAllow) {
    constexpr std::uint32_t allowed = 0x1fffffe0;
    const std::string_view rolls[] = {version_rolling};
    const auto asked = [&](std::optional<std::uint32_t> mask) {
        return Configure{.extensions = rolls, .version_rolling_mask = mask};
    };
    EXPECT_EQ(granted_mask(asked(0xffffffff), allowed), 0x1fffffe0U);
    EXPECT_EQ(granted_mask(asked(0x1fffe000), allowed), 0x1fffe000U);
    EXPECT_EQ(granted_mask(asked(std::nullopt), allowed), 0x1fffffe0U);
    EXPECT_EQ(granted_mask(asked(0xe000001f), allowed), std::nullopt);
    EXPECT_EQ(granted_mask(asked(0xffffffff), 0), std::nullopt);
    EXPECT_EQ(granted_mask(Configure{.version_rolling_mask = 0xffffffff}, allowed), std::nullopt);
    auto many_bits = asked(0x00000020);
    many_bits.version_rolling_min_bit_count = 16;
    EXPECT_EQ(granted_mask(many_bits, allowed), 0x00000020U);
}

TEST(Responses, C252_AnswerEveryExtensionThatIsListed) {
    const std::string_view listed[] = {version_rolling, minimum_difficulty, "fly \"high\"",
                                       subscribe_extranonce, version_rolling};
    const auto line = [&](std::size_t count, const Granted& granted) {
        const Configure asked{.extensions = std::span{listed}.first(count)};
        std::string out;
        append_configured(seven, asked, granted, out);
        return out;
    };
    EXPECT_EQ(line(5, {.version_rolling_mask = 0x1fffe000,
                       .minimum_difficulty = true,
                       .subscribe_extranonce = true}),
              "{\"id\":7,\"result\":{\"version-rolling\":true,\"version-rolling.mask\":"
              "\"1fffe000\",\"minimum-difficulty\":true,\"fly \\\"high\\\"\":false,"
              "\"subscribe-extranonce\":true},\"error\":null}\n");
    EXPECT_EQ(line(2, {}),
              "{\"id\":7,\"result\":{\"version-rolling\":false,\"minimum-difficulty\":false},"
              "\"error\":null}\n");
    EXPECT_EQ(line(1, {.version_rolling_mask = 0}),
              "{\"id\":7,\"result\":{\"version-rolling\":false},\"error\":null}\n");
    EXPECT_EQ(line(0, {}), "{\"id\":7,\"result\":{},\"error\":null}\n");
}

}  // namespace
}  // namespace sv1
