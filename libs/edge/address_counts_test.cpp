#include "edge/address_counts.h"

#include <gtest/gtest.h>

#include <boost/asio/ip/address.hpp>

#include "edge/peer_address.h"

namespace edge {
namespace {

base::IpAddress address(const char* text) {
    return to_ip_address(boost::asio::ip::make_address(text));
}

TEST(AddressCounts, AnAddressHasItsBoundAndItsPlaceBack) {
    AddressCounts counts;
    EXPECT_TRUE(counts.add(address("192.0.2.1"), 2));
    EXPECT_TRUE(counts.add(address("192.0.2.1"), 2));
    EXPECT_FALSE(counts.add(address("192.0.2.1"), 2));
    EXPECT_TRUE(counts.add(address("192.0.2.2"), 2)) << "another one";
    counts.remove(address("192.0.2.1"));
    EXPECT_TRUE(counts.add(address("192.0.2.1"), 2));
}

TEST(AddressCounts, OneHostsIpv6NetworkIsOneAddress) {
    AddressCounts counts;
    EXPECT_TRUE(counts.add(address("2001:db8::1"), 1));
    EXPECT_FALSE(counts.add(address("2001:db8::2"), 1));
}

TEST(AddressCounts, WhoHasNoneIsForgottenAndWhoIsRefusedNotRemembered) {
    AddressCounts counts;
    EXPECT_FALSE(counts.add(address("192.0.2.1"), 0));
    EXPECT_EQ(counts.size(), 0U);
    EXPECT_TRUE(counts.add(address("192.0.2.1"), 1));
    counts.remove(address("192.0.2.1"));
    EXPECT_EQ(counts.size(), 0U);
}

}  // namespace
}  // namespace edge
