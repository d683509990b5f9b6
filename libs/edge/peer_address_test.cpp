#include "edge/peer_address.h"

#include <gtest/gtest.h>

namespace edge {
namespace {

std::string key(const char* text) {
    return limit_key(to_ip_address(boost::asio::ip::make_address(text)));
}

TEST(PeerAddress, CountsAnIpv4AddressByItselfHoweverItCame) {
    EXPECT_EQ(key("192.0.2.1"), "192.0.2.1");
    EXPECT_EQ(key("::ffff:192.0.2.1"), "192.0.2.1");
}

TEST(PeerAddress, CountsAnIpv6NetworkOfOneHostAsOne) {
    EXPECT_EQ(key("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
    EXPECT_EQ(key("2001:db8:1:2:ffff::1"), "2001:db8:1:2::/64");
    EXPECT_EQ(key("2001:db8:1:3::1"), "2001:db8:1:3::/64");
}

}  // namespace
}  // namespace edge
