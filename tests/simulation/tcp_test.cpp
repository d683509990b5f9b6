#include "simulation/tcp.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace simulation {
namespace {

using namespace std::chrono_literals;

std::string read_all(TcpEnd& end) {
    std::string text(end.readable(), ' ');
    end.read(std::as_writable_bytes(std::span{text}));
    return text;
}

class TcpTest : public testing::Test {
  protected:
    void connect() {
        listener.emplace(tcp, server_host, server_life,
                         [this](std::unique_ptr<TcpEnd> end) { server = std::move(end); });
        tcp.dial(client_host, client_life, server_host,
                 [this](std::unique_ptr<TcpEnd> end) { client = std::move(end); });
        world.run_for(100ms);
        ASSERT_TRUE(client && server);
    }

    World world{1};
    Network network{world};
    Tcp tcp{network, 10};
    Host client_host = network.host("client");
    Host server_host = network.host("server");
    Life client_life{world};
    Life server_life{world};
    std::unique_ptr<TcpEnd> client{};
    std::unique_ptr<TcpEnd> server{};
    std::optional<Tcp::Listener> listener{};
};

TEST_F(TcpTest, RefusesWhereNobodyListens) {
    bool was_refused = false;
    tcp.dial(client_host, client_life, server_host,
             [&](std::unique_ptr<TcpEnd> end) { was_refused = end == nullptr; });
    world.run_for(100ms);
    EXPECT_TRUE(was_refused);
}

TEST_F(TcpTest, CarriesBytesUntilNobodyReads) {
    connect();
    int events = 0;
    client->on_event([&] { ++events; });
    EXPECT_EQ(client->write(base::to_bytes("01234567")), 8U);
    EXPECT_EQ(client->write(base::to_bytes("89abcdef")), 2U);
    EXPECT_EQ(client->write(base::to_bytes("abcdef")), 0U);
    world.run_for(100ms);
    EXPECT_EQ(read_all(*server), "0123456789");
    EXPECT_EQ(events, 0);
    world.run_for(100ms);
    EXPECT_EQ(events, 1);
    EXPECT_EQ(client->write(base::to_bytes("abcdef")), 6U);
}

TEST_F(TcpTest, GivesWhatWasSentBeforeTheEnd) {
    connect();
    client->write(base::to_bytes("bye"));
    client.reset();
    world.run_for(100ms);
    EXPECT_TRUE(server->is_broken());
    EXPECT_FALSE(server->is_at_end());
    EXPECT_EQ(read_all(*server), "bye");
    EXPECT_TRUE(server->is_at_end());
    EXPECT_EQ(server->write(base::to_bytes("anybody?")), 8U);
}

TEST_F(TcpTest, SaysNothingOfAnEndThatIsNotReached) {
    connect();
    network.isolate(client_host, 1h);
    client.reset();
    world.run_for(10min);
    EXPECT_FALSE(server->is_broken());
    EXPECT_EQ(server->write(base::to_bytes("hello")), 5U);
}

}  // namespace
}  // namespace simulation
