#include "miner/pool_address.h"

#include <gtest/gtest.h>

namespace miner {
namespace {

TEST(PoolAddress, SaysWhichProtocolIsSpokenThere) {
    const auto sv1 = parse_pool_address("stratum+tcp://pool.example:3333");
    ASSERT_TRUE(sv1.has_value());
    EXPECT_EQ(sv1->protocol, PoolProtocol::sv1);
    EXPECT_EQ(sv1->host, "pool.example");
    EXPECT_EQ(sv1->port, 3333);
    EXPECT_EQ(parse_pool_address("stratum+tcp://[::1]:1/").value().host, "::1");
    EXPECT_EQ(parse_pool_address("stratum+ssl://pool:1").value().protocol, PoolProtocol::sv1_tls);
    EXPECT_EQ(parse_pool_address("stratum+tls://pool:1").value().protocol, PoolProtocol::sv1_tls);

    const auto sv2 = parse_pool_address(
        "stratum2+tcp://127.0.0.1:1/9bXiEd8boQVhq7WddEcERUL5tyyJVFYdU8th3HfbNXK3Yw6GRXh");
    ASSERT_TRUE(sv2.has_value());
    EXPECT_EQ(sv2->protocol, PoolProtocol::sv2);
}

TEST(PoolAddress, IsRefusedWithBothFormsThatThereAre) {
    for (const auto* url :
         {"", "pool:3333", "http://pool:3333", "stratum+tcp://pool", "stratum+ssl://:3333",
          "stratum+tcp://pool:0", "stratum+tcp://pool:3333/x", "stratum2+tcp://pool:3333"}) {
        const auto refused = parse_pool_address(url);
        ASSERT_FALSE(refused.has_value()) << url;
        for (const auto* form :
             {"stratum2+tcp://HOST:PORT/AUTHORITY_KEY", "stratum+tcp://HOST:PORT"})
            EXPECT_NE(refused.error().find(form), std::string::npos) << refused.error();
    }
}

TEST(PoolAddress, C088_KeepsWhatReconnectLeavesOut) {
    const PoolAddress home{.host = "pool.example", .port = 1};
    EXPECT_EQ(home.moved_to("", 0).host, "pool.example");
    EXPECT_EQ(home.moved_to("", 0).port, 1);
    EXPECT_EQ(home.moved_to("other", 0).host, "other");
    EXPECT_EQ(home.moved_to("", 7).port, 7);
}

}  // namespace
}  // namespace miner
