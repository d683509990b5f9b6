#include "template/node_rpc.h"

#include <gtest/gtest.h>

#include "template/bitcoind_source.h"
#include "template/node_url.h"

namespace templates {
namespace {

TEST(NodeRpc, TellsResultsFromErrors) {
    using Kind = NodeError::Kind;
    const struct {
        unsigned status;
        const char* body;
        std::optional<Kind> kind;
        const char* text;  // the result as JSON, or the message
    } cases[] = {
        {200, R"({"result": {"a": 1}, "error": null, "id": 1})", std::nullopt, R"({"a":1})"},
        {200, R"({"result": null, "error": null, "id": 1})", std::nullopt, "null"},
        {200, R"({"result": 5})", std::nullopt, "5"},
        {500, R"({"result": null, "error": {"code": -28, "message": "Loading"}, "id": 1})",
         Kind::refused, "Loading"},
        {200, R"({"error": "odd"})", Kind::refused, "\"odd\""},
        {401, "", Kind::unauthorised, "HTTP status 401"},
        {403, "<html>", Kind::forbidden, "HTTP status 403"},
        {503, "Work queue depth exceeded", Kind::busy, "HTTP status 503 without a JSON-RPC answer"},
        {404, "<html>", Kind::no_rpc, "HTTP status 404 without a JSON-RPC answer"},
        {200, "[]", Kind::no_rpc, "HTTP status 200 without a JSON-RPC answer"},
        {200, "{}", Kind::no_rpc, "the answer has neither result nor error"},
    };
    for (const auto& [status, body, kind, text] : cases) {
        SCOPED_TRACE(body);
        const auto answer = read_answer(status, body);
        ASSERT_EQ(answer.has_value(), !kind.has_value());
        if (answer) {
            EXPECT_EQ(answer->dump(), text);
        } else {
            EXPECT_EQ(answer.error().kind, *kind);
            EXPECT_EQ(answer.error().message, text);
        }
    }
}

TEST(NodeRpc, EncodesCredentials) {
    // RFC 4648, section 10.
    const std::pair<const char*, const char*> cases[] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
    };
    for (const auto& [text, encoded] : cases) EXPECT_EQ(base64(text), encoded);
}

TEST(NodeRpc, ReadsHttpDates) {
    using namespace std::chrono_literals;
    EXPECT_EQ(parse_http_date("Tue, 14 Nov 2023 22:13:20 GMT"),
              std::chrono::sys_seconds{1'700'000'000s});
    for (const char* text : {"", "now", "Tue, 14 Nov 2023 22:13:20",
                             "Tue, 31 Feb 2023 22:13:20 GMT", "Tue, 14 Nov 2023 25:13:20 GMT"})
        EXPECT_EQ(parse_http_date(text), std::nullopt) << text;
}

TEST(SubmitAnswer, IsReadAsBip22Says) {
    using Kind = SubmitAnswer::Kind;
    const auto of = [](const char* body) { return read_submit_answer(read_answer(200, body)); };
    EXPECT_EQ(of(R"({"result": null})"), (SubmitAnswer{Kind::accepted, ""}));
    EXPECT_EQ(of(R"({"result": "duplicate"})"), (SubmitAnswer{Kind::duplicate, "duplicate"}));
    EXPECT_EQ(of(R"({"result": "high-hash"})"), (SubmitAnswer{Kind::rejected, "high-hash"}));
    EXPECT_EQ(of(R"({"result": "inconclusive"})"), (SubmitAnswer{Kind::rejected, "inconclusive"}));
    EXPECT_EQ(of(R"({"result": "duplicate-invalid"})"),
              (SubmitAnswer{Kind::rejected, "duplicate-invalid"}));
    EXPECT_EQ(of(R"({"error": {"code": -22, "message": "Block decode failed"}})"),
              (SubmitAnswer{Kind::rejected, "Block decode failed"}));
    EXPECT_EQ(of(R"({"error": {"code": -28, "message": "Loading"}})"),
              (SubmitAnswer{Kind::unreachable, "Loading"}));
    EXPECT_EQ(of("").kind, Kind::unreachable);
}

TEST(NodeUrl, IsAnHttpAddressWithoutCredentials) {
    EXPECT_EQ(parse_node_url("http://127.0.0.1:8332"),
              (NodeUrl{.host = "127.0.0.1", .port = 8332, .path = "/"}));
    EXPECT_EQ(parse_node_url("http://[::1]:18443/wallet/x"),
              (NodeUrl{.host = "::1", .port = 18443, .path = "/wallet/x"}));
    for (const char* text : {"", "127.0.0.1:8332", "https://host:1", "http://host", "http://host:0",
                             "http://user:secret@host:1", "http://host:1/a b"})
        EXPECT_FALSE(parse_node_url(text).has_value()) << text;
}

}  // namespace
}  // namespace templates
