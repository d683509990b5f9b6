#include "service/http_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

namespace service {
namespace {

namespace asio = boost::asio;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const Endpoint any_port{"127.0.0.1", 0};

/// Sends the bytes on one connection and returns all that comes until the server closes it.
std::string exchange(Loop& loop, std::uint16_t port, std::string request) {
    asio::ip::tcp::socket socket{loop.context()};
    std::string answer;
    socket.connect({asio::ip::make_address("127.0.0.1"), port});
    asio::async_write(socket, asio::buffer(request),
                      [](const boost::system::error_code&, std::size_t) {});
    asio::async_read(socket, asio::dynamic_buffer(answer),
                     [&](const boost::system::error_code&, std::size_t) { loop.stop(); });
    loop.run();
    loop.context().restart();
    return answer;
}

std::string get(const std::string& path, bool keep = false) {
    return "GET " + path + " HTTP/1.1\r\nHost: x\r\n" + (keep ? "" : "Connection: close\r\n") +
           "\r\n";
}

TEST(HttpServer, ServesMetricsAndHealth) {
    Loop loop;
    Registry metrics{"gateway", "1"};
    Health health;
    HttpServer server{loop, any_port, "listen.http"};
    serve_metrics_and_health(server, metrics, health);

    const auto scraped = exchange(loop, server.port(), get("/metrics"));
    EXPECT_THAT(scraped, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(scraped, HasSubstr("version=0.0.4"));
    EXPECT_THAT(scraped, HasSubstr("adit_build_info{"));
    EXPECT_THAT(exchange(loop, server.port(), get("/healthz")), EndsWith("\r\n\r\nlive\n"));
    EXPECT_THAT(exchange(loop, server.port(), get("/readyz?verbose")), EndsWith("ready\n"));

    health.set_not_ready("template", "no template yet");
    const auto unready = exchange(loop, server.port(), get("/readyz"));
    EXPECT_THAT(unready, StartsWith("HTTP/1.1 503 "));
    EXPECT_THAT(unready, EndsWith("template: no template yet\n"));
}

TEST(HttpServer, GivesWhatStandsBehindTheQuestionMarkToWhoWantsIt) {
    Loop loop;
    HttpServer server{loop, any_port, "listen.http"};
    std::vector<std::string> queries;
    server.on_query("/", [&](std::string_view query) {
        queries.emplace_back(query);
        return HttpAnswer{};
    });
    for (const auto* path : {"/", "/?", "/?a=b&c", "/?a?b"})
        exchange(loop, server.port(), get(path));
    EXPECT_THAT(queries, testing::ElementsAre("", "", "a=b&c", "a?b"));
}

TEST(HttpServer, ReadsParametersOfAQuery) {
    const struct {
        const char* query;
        std::optional<std::string> value;
    } cases[] = {
        {"", std::nullopt},
        {"b=1", std::nullopt},
        {"a", ""},
        {"a=", ""},
        {"a=1", "1"},
        {"b=2&a=1&a=3", "1"},
        {"a=x%2Ey+z%20%3d", "x.y z ="},
        {"a=%", "%"},
        {"a=%4", "%4"},
        {"a=%zz%-1", "%zz%-1"},
        {"aa=1", std::nullopt},
    };
    for (const auto& [query, value] : cases) EXPECT_EQ(query_parameter(query, "a"), value) << query;
}

TEST(HttpServer, AnswersSeveralRequestsOnOneConnection) {
    Loop loop;
    HttpServer server{loop, any_port, "listen.http"};
    int asked = 0;
    server.on_get("/count", [&] { return HttpAnswer{.body = std::to_string(++asked)}; });
    exchange(loop, server.port(), get("/count", true) + get("/count", true) + get("/count"));
    EXPECT_EQ(asked, 3);
}

TEST(HttpServer, RefusesWhatItDoesNotServe) {
    Loop loop;
    HttpServer server{loop, any_port, "listen.http"};
    server.on_get("/", [] { return HttpAnswer{.body = "body"}; });
    const auto status = [&](const std::string& request) {
        return exchange(loop, server.port(), request).substr(0, 12);
    };
    EXPECT_EQ(status(get("/")), "HTTP/1.1 200");
    EXPECT_EQ(status(get("/nothing")), "HTTP/1.1 404");
    EXPECT_EQ(status("POST / HTTP/1.1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"),
              "HTTP/1.1 405");
    EXPECT_EQ(status("not http\r\n\r\n"), "");
    EXPECT_EQ(status("GET / HTTP/1.1\r\nX: " + std::string(9000, 'x') + "\r\n\r\n"), "");
}

TEST(HttpServer, SendsNoBodyForHead) {
    Loop loop;
    HttpServer server{loop, any_port, "listen.http"};
    server.on_get("/", [] { return HttpAnswer{.body = "body"}; });
    const auto answer =
        exchange(loop, server.port(), "HEAD / HTTP/1.1\r\nConnection: close\r\n\r\n");
    EXPECT_THAT(answer, HasSubstr("Content-Length: 4\r\n"));
    EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
}

TEST(HttpServer, ClosesAConnectionThatNeverFinishesItsRequest) {
    Loop loop;
    HttpServer server{loop, any_port, "listen.http", std::chrono::milliseconds{20}};
    EXPECT_EQ(exchange(loop, server.port(), "GET / HT"), "");
}

TEST(HttpServer, SaysThatItsPortIsTaken) {
    Loop loop;
    HttpServer first{loop, any_port, "listen.http"};
    const auto taken = Endpoint{"127.0.0.1", first.port()};
    EXPECT_THAT([&] { HttpServer(loop, taken, "listen.http"); },
                testing::ThrowsMessage<std::runtime_error>("address in use: " + to_string(taken) +
                                                           " (listen.http); choose another port "
                                                           "or stop the process that holds it"));
}

TEST(HttpServer, ListensOnAddressesOnly) {
    Loop loop;
    EXPECT_THAT(
        [&] {
            HttpServer(loop, Endpoint{"pool.example", 80}, "listen.http");
        },
        testing::ThrowsMessage<std::runtime_error>(HasSubstr("listen.http: \"pool.")));
}

}  // namespace
}  // namespace service
