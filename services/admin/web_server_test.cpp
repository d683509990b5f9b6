#include "admin/web_server.h"

#include <gmock/gmock.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

namespace admin {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using std::chrono::milliseconds;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const service::Endpoint any_port{"127.0.0.1", 0};
constexpr milliseconds patience{5000};

class AWebServer : public testing::Test {
  protected:
    WebServer& serve(WebHandler handler, const WebLimits& limits = {}) {
        return server_.emplace(loop_, any_port, "console", std::nullopt, limits,
                               std::move(handler));
    }
    WebServer& serve_text(const WebLimits& limits = {}) {
        return serve([](const WebRequest&) { return WebReply{.body = "hello"}; }, limits);
    }

    tcp::socket connected() {
        tcp::socket socket{loop_.context()};
        socket.connect({asio::ip::make_address("127.0.0.1"), server_->port()});
        return socket;
    }

    /// Sends the bytes on one connection; all that comes until the server ends it.
    std::string exchange(std::string request) {
        auto socket = connected();
        std::string answer;
        asio::async_write(socket, asio::buffer(request),
                          [](const boost::system::error_code&, std::size_t) {});
        asio::async_read(socket, asio::dynamic_buffer(answer),
                         [&](const boost::system::error_code&, std::size_t) { loop_.stop(); });
        run();
        return answer;
    }

    static std::string get(const std::string& target, const std::string& more = "") {
        return "GET " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + more +
               "\r\n";
    }

    // Until the test stops the loop, or patience ends.
    void run(milliseconds at_most = patience) {
        loop_.context().restart();
        loop_.context().run_for(at_most);
    }

    service::Loop loop_;
    std::optional<WebServer> server_;
};

TEST_F(AWebServer, HandsOverWhatWasAskedAndSendsTheAnswerProtected) {
    serve([](const WebRequest& request) {
        return WebReply{.content_type = "text/x",
                        .body = std::string{request.path} + "|" + std::string{request.query} + "|" +
                                std::string{request.host} + "|" +
                                std::string{request.last_event_id} + "|" +
                                std::string{request.if_none_match} +
                                (request.accepts_gzip ? "|gzip" : "|plain"),
                        .headers = {{"ETag", "\"1\""}}};
    });
    const auto answer = exchange(get("/a?b=c?d",
                                     "Last-Event-ID: 7\r\nIf-None-Match: \"x\"\r\n"
                                     "Accept-Encoding: gzip\r\n"));
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(answer, EndsWith("\r\n\r\n/a|b=c?d|localhost|7|\"x\"|gzip"));
    EXPECT_THAT(answer, HasSubstr("Content-Security-Policy: default-src 'none'; "));
    EXPECT_THAT(answer, HasSubstr("X-Content-Type-Options: nosniff\r\n"));
    EXPECT_THAT(answer, HasSubstr("Referrer-Policy: no-referrer\r\n"));
    EXPECT_THAT(answer, HasSubstr("ETag: \"1\"\r\n"));
    EXPECT_THAT(answer, HasSubstr("Content-Type: text/x\r\n"));
}

TEST_F(AWebServer, SendsNoBodyToHeadAndWithNotModified) {
    serve([](const WebRequest& request) {
        return WebReply{.status = request.path == "/same" ? 304U : 200U, .body = "hello"};
    });
    auto head = get("/");
    head.replace(0, 3, "HEAD");
    const auto answer = exchange(head);
    EXPECT_THAT(answer, HasSubstr("Content-Length: 5\r\n"));
    EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
    const auto same = exchange(get("/same"));
    EXPECT_THAT(same, StartsWith("HTTP/1.1 304 "));
    EXPECT_THAT(same, EndsWith("\r\n\r\n"));
}

TEST_F(AWebServer, RefusesWhatChangesAndWhatIsNoRequest) {
    serve_text();
    EXPECT_THAT(exchange("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
                         "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
                testing::AllOf(StartsWith("HTTP/1.1 405 "), HasSubstr("Allow: GET, HEAD\r\n")));
    EXPECT_THAT(exchange("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"),
                StartsWith("HTTP/1.1 4"));
    EXPECT_THAT(exchange("hello miner\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
    EXPECT_THAT(exchange("GET /" + std::string(17'000, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n"),
                StartsWith("HTTP/1.1 431 "));
}

TEST_F(AWebServer, EndsAConnectionThatSaysNothing) {
    serve_text({.idle_max = milliseconds{50}});
    EXPECT_EQ(exchange("GET / HT"), "");
}

TEST_F(AWebServer, TakesSoManyConnectionsOfOnePeerAndNoMore) {
    serve_text({.connections_per_peer_max = 2});
    auto first = connected();
    auto second = connected();
    run(milliseconds{50});
    EXPECT_EQ(server_->connections(), 2U);
    EXPECT_EQ(exchange(get("/")), "");
    first.close();
    run(milliseconds{50});
    EXPECT_THAT(exchange(get("/")), StartsWith("HTTP/1.1 200 "));
}

TEST_F(AWebServer, DelaysAnAnswerThatMustNotTellHowLongItTook) {
    serve([](const WebRequest&) { return WebReply{.body = "x", .delay = milliseconds{80}}; });
    auto socket = connected();
    asio::write(socket, asio::buffer(get("/")));
    run(milliseconds{30});
    EXPECT_EQ(socket.available(), 0U);
    run(milliseconds{150});
    EXPECT_GT(socket.available(), 0U);
}

TEST_F(AWebServer, StreamsEventsUntilTheBrowserGoes) {
    std::shared_ptr<EventStream> stream;
    serve([&](const WebRequest&) {
        return WebReply{.on_stream = [&](const auto& opened) { stream = opened; }};
    });
    auto socket = connected();
    asio::write(socket, asio::buffer(get("/api/events")));
    run(milliseconds{50});
    ASSERT_NE(stream, nullptr);
    EXPECT_TRUE(stream->send(std::make_shared<const std::string>("data: 1\n\n")));
    run(milliseconds{50});
    std::string came(socket.available(), '\0');
    asio::read(socket, asio::buffer(came));
    EXPECT_THAT(came, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(came, HasSubstr("Content-Type: text/event-stream\r\n"));
    EXPECT_THAT(came, HasSubstr("Content-Security-Policy: "));
    EXPECT_THAT(came, Not(HasSubstr("Content-Length")));
    EXPECT_THAT(came, EndsWith("\r\n\r\ndata: 1\n\n"));

    socket.close();
    run(milliseconds{50});
    EXPECT_FALSE(stream->is_open());
    EXPECT_FALSE(stream->send(std::make_shared<const std::string>("data: 2\n\n")));
}

TEST_F(AWebServer, ClosesTheStreamOfABrowserThatDoesNotRead) {
    std::shared_ptr<EventStream> stream;
    serve(
        [&](const WebRequest&) {
            return WebReply{.on_stream = [&](const auto& opened) { stream = opened; }};
        },
        {.unread_events_max = 64 * 1024});
    auto socket = connected();
    socket.set_option(tcp::socket::receive_buffer_size{4096});
    asio::write(socket, asio::buffer(get("/api/events")));
    run(milliseconds{50});
    ASSERT_NE(stream, nullptr);
    const auto event = std::make_shared<const std::string>(4096, 'x');
    int sent = 0;
    while (sent < 10'000 && stream->send(event)) {
        ++sent;
        run(milliseconds{1});
    }
    // What the kernel takes is bounded, too.
    EXPECT_LT(sent, 2'000);
    EXPECT_FALSE(stream->is_open());
    run(milliseconds{50});
    stream.reset();
    EXPECT_EQ(server_->connections(), 0U);
}

TEST_F(AWebServer, EndsAllConnectionsWhenItIsClosed) {
    serve_text();
    auto idle = connected();
    run(milliseconds{50});
    server_->close();
    run(milliseconds{50});
    EXPECT_EQ(server_->connections(), 0U);
    boost::system::error_code error;
    char byte{};
    EXPECT_EQ(idle.read_some(asio::buffer(&byte, 1), error), 0U);
    EXPECT_EQ(error, asio::error::eof);
}

TEST_F(AWebServer, SaysWhichKeyNamesAFileThatIsNone) {
    try {
        WebServer server{
            loop_,     any_port,
            "console", WebTls{.certificate_file = "/nowhere/cert.pem", .key_file = "k"},
            {},        {}};
        FAIL() << "no error";
    } catch (const std::runtime_error& error) {
        EXPECT_THAT(error.what(), StartsWith("console.tls.certificate_file: "));
    }
}

}  // namespace
}  // namespace admin
