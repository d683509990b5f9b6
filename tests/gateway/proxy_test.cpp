#include "front_testing.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

/// A front behind a load balancer at 127.0.0.2; who comes from elsewhere is a miner itself.
class ProxyTest : public FrontTest {
  protected:
    ProxyTest() {
        limits.proxies = {base::parse_ip_network("127.0.0.2").value()};
        limits.connections_per_address_max = 2;
        FrontTest::open();
    }
    std::unique_ptr<TestMiner> from_proxy(const std::string& header) {
        const auto before = front->connections();
        auto miner = std::make_unique<TestMiner>(front->port(), "127.0.0.2");
        EXPECT_TRUE(run_until(loop, [&] { return front->connections() > before; }));
        miner->send_raw(base::as_bytes(header));
        return miner;
    }
    /// The address that the pool takes the only connection for.
    std::string address_of_only() {
        std::string found;
        front->for_each(
            [&](Connection& connection) { found = base::to_string(connection.peer().address); });
        return found;
    }
    static std::string v1(const std::string& address) {
        return "PROXY TCP4 " + address + " 10.0.0.1 1000 24250\r\n";
    }
};

TEST_F(ProxyTest, AHeaderSaysWhoseConnectionItIs) {
    const auto v2_header = "\r\n\r\n\0\r\nQUIT\n\x21\x21\x00\x27"s + "\x20\x01\x0d\xb8"s +
                           std::string(11, '\0') + "\x07"s + std::string(16, '\0') +
                           "\x30\x39\x5e\xba"s + "\x04\x00\x00"s;
    const struct {
        std::string header;
        const char* address;
    } cases[] = {
        {v1("192.0.2.7"), "192.0.2.7"},
        {v2_header, "2001:db8::7"},
        {"PROXY UNKNOWN\r\n", "127.0.0.2"},
    };
    for (const auto& [header, address] : cases) {
        SCOPED_TRACE(address);
        auto miner = from_proxy(header);
        shake_hands_and_set_up(*miner);
        EXPECT_EQ(address_of_only(), address);
        open_channel(*miner);
        if (header.starts_with("PROXY TCP4")) {
            EXPECT_EQ(sink.opens.back().peer, "192.0.2.7:1000") << "so the ledger has it";
        }
        miner.reset();
        EXPECT_TRUE(run_until(loop, [&] { return front->connections() == 0; }));
    }
}

TEST_F(ProxyTest, AHeaderMayComeInPiecesAndWithActOneBehindIt) {
    auto miner = from_proxy("");
    const auto header = v1("192.0.2.7");
    for (const char byte : header) {
        miner->send_raw(base::as_bytes(std::string_view{&byte, 1}));
        loop.poll();
    }
    shake_hands_and_set_up(*miner);
    EXPECT_EQ(address_of_only(), "192.0.2.7");
    auto other = from_proxy(v1("192.0.2.8"));  // act 1 comes before the loop has read the header
    shake_hands_and_set_up(*other);
    EXPECT_EQ(front->connections(), 2U);
}

TEST_F(ProxyTest, WithoutAHeaderAProxysConnectionIsRefused) {
    const struct {
        std::string begins;
        const char* reason;
    } cases[] = {
        {"GET / HTTP/1.1\r\n", "proxy-header-missing"},
        {std::string(64, '\xaa'), "proxy-header-missing"},
        {"PROXY TCP4 192.0.2.7\r\n", "proxy-header-malformed"},
        {"PROXY " + std::string(200, 'x'), "proxy-header-too-long"},
        {"\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff"s, "proxy-header-too-long"},
    };
    for (const auto& [begins, reason] : cases) {
        SCOPED_TRACE(reason);
        const auto before = closed(reason);
        const auto miner = from_proxy(begins);
        EXPECT_TRUE(run_until(loop, [&] { return closed(reason) == before + 1; }));
        EXPECT_EQ(front->connections(), 0U);
    }
}

TEST_F(ProxyTest, AHeaderThatDoesNotEndInTimeEndsTheConnection) {
    const auto miner = from_proxy("PROXY TCP4 ");
    loop.run_for(20ms);
    clock.advance(11s);
    expect_closed("handshake-deadline", 0);
}

TEST_F(ProxyTest, LimitsCountTheAddressThatTheHeaderNames) {
    std::vector<std::unique_ptr<TestMiner>> miners;
    for (const auto* address : {"192.0.2.1", "192.0.2.1", "192.0.2.2", "192.0.2.3"}) {
        miners.push_back(from_proxy(v1(address)));
        shake_hands(*miners.back());
    }
    EXPECT_EQ(front->connections(), 4U) << "the proxy's own address has no bound";
    const auto third = from_proxy(v1("192.0.2.1"));
    expect_closed("too-many-of-address", 4);
    miners.erase(miners.begin());
    EXPECT_TRUE(run_until(loop, [&] { return front->connections() == 3; }));
    const auto instead = from_proxy(v1("192.0.2.1"));
    shake_hands(*instead);
    EXPECT_EQ(front->connections(), 4U) << "places come back";
}

TEST_F(ProxyTest, NobodyElseIsBelieved) {
    TestMiner stranger{front->port(), "127.0.0.3"};
    stranger.send_raw(base::as_bytes(v1("192.0.2.7")));
    EXPECT_TRUE(run_until(loop, [&] { return closed("plain-text") == 1; }));
    const auto miner = connect_and_set_up();
    EXPECT_EQ(address_of_only(), "127.0.0.1") << "and needs no header";
}

}  // namespace
}  // namespace gateway
