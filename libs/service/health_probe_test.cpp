#include "service/health_probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <thread>

#include "service/http_server.h"

namespace service {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

/// A process as far as its health goes, on a thread of its own for the time of a question.
HealthAnswer ask(const Health& health, const std::string& host = "127.0.0.1") {
    Loop loop;
    Registry metrics{"gateway", "1"};
    HttpServer server{loop, {host, 0}, "listen.http"};
    serve_metrics_and_health(server, metrics, health);
    std::thread thread{[&] { loop.run(); }};
    const auto answer = ask_health({host, server.port()}, 10s);
    loop.stop();
    thread.join();
    return answer;
}

TEST(HealthProbe, SaysWhatTheProcessSays) {
    Health health;
    EXPECT_TRUE(ask(health).is_ready);
    EXPECT_EQ(ask(health).text, "ready");
    health.set_not_ready("redis", "cannot be reached");
    EXPECT_FALSE(ask(health).is_ready);
    EXPECT_EQ(ask(health).text, "redis: cannot be reached");
}

TEST(HealthProbe, AsksAtLoopbackWhereEveryAddressIsListenedOn) {
    EXPECT_TRUE(ask(Health{}, "0.0.0.0").is_ready);
}

TEST(HealthProbe, SaysWhyThereIsNoAnswer) {
    boost::asio::io_context context;
    boost::asio::ip::tcp::acceptor silent{context, {boost::asio::ip::make_address("127.0.0.1"), 0}};
    const auto port = silent.local_endpoint().port();
    EXPECT_THAT(ask_health({"127.0.0.1", port}, 50ms).text, HasSubstr("no answer within 50 ms"));
    silent.close();
    const auto refused = ask_health({"127.0.0.1", port}, 10s);
    EXPECT_FALSE(refused.is_ready);
    EXPECT_THAT(refused.text, HasSubstr("Connection refused"));
}

TEST(HealthProbe, IsNotTakenInByWhatElseMayListenThere) {
    boost::asio::io_context context;
    boost::asio::ip::tcp::acceptor other{context, {boost::asio::ip::make_address("127.0.0.1"), 0}};
    std::thread thread{[&] {
        auto socket = other.accept();
        socket.send(boost::asio::buffer(std::string{"SSH-2.0-x\r\n"}));
    }};
    const auto answer = ask_health({"127.0.0.1", other.local_endpoint().port()}, 10s);
    thread.join();
    EXPECT_FALSE(answer.is_ready);
}

}  // namespace
}  // namespace service
