#include "base/ip_network.h"

#include <gtest/gtest.h>

namespace base {
namespace {

IpAddress ip(std::string_view text) {
    return parse_ip_address(text).value();
}

TEST(IpAddress, IsTheSameHoweverItIsWritten) {
    EXPECT_EQ(to_string(ip("192.0.2.1")), "192.0.2.1");
    EXPECT_EQ(ip("::ffff:192.0.2.1"), ip("192.0.2.1"));
    EXPECT_EQ(to_string(ip("2001:DB8:0:0::1")), "2001:db8::1");
    EXPECT_TRUE(ip("0.0.0.0").is_v4());
    EXPECT_FALSE(ip("::").is_v4());
}

TEST(IpAddress, RefusesWhatIsNone) {
    using namespace std::string_view_literals;
    for (const auto text : {""sv, "localhost"sv, "1.2.3"sv, "1.2.3.4 "sv, "256.1.1.1"sv, ":::"sv,
                            "1.2.3.4\0"sv, "fe80::1%eth0"sv, "1.2.3.4/8"sv, "[::1]"sv})
        EXPECT_FALSE(parse_ip_address(text)) << text;
    EXPECT_FALSE(parse_ip_address(std::string(1000, '1')));
}

TEST(IpNetwork, HoldsTheAddressesThatShareItsBits) {
    const struct {
        const char* network;
        const char* address;
        bool is_in;
    } cases[] = {
        {"10.0.0.0/8", "10.255.255.255", true},
        {"10.0.0.0/8", "11.0.0.0", false},
        {"10.1.2.3/8", "10.9.9.9", true},
        {"192.0.2.128/25", "192.0.2.128", true},
        {"192.0.2.128/25", "192.0.2.127", false},
        {"192.0.2.1", "192.0.2.1", true},
        {"192.0.2.1", "192.0.2.2", false},
        {"0.0.0.0/0", "255.1.2.3", true},
        {"0.0.0.0/0", "2001:db8::1", false},
        {"::/0", "192.0.2.1", true},
        {"2001:db8::/33", "2001:db8:7fff::1", true},
        {"2001:db8::/33", "2001:db8:8000::1", false},
        {"10.0.0.0/8", "::ffff:10.1.1.1", true},
    };
    for (const auto& [network, address, is_in] : cases)
        EXPECT_EQ(parse_ip_network(network).value().contains(ip(address)), is_in)
            << network << ' ' << address;
}

TEST(IpNetwork, IsWrittenAsItIsRead) {
    const struct {
        const char* read;
        const char* written;
    } cases[] = {
        {"10.1.2.3/8", "10.0.0.0/8"},
        {"192.0.2.1/32", "192.0.2.1"},
        {"0.0.0.0/0", "0.0.0.0/0"},
        {"2001:db8::1", "2001:db8::1"},
        {"::/0", "::/0"},
    };
    for (const auto& [read, written] : cases)
        EXPECT_EQ(to_string(parse_ip_network(read).value()), written);
}

TEST(IpNetwork, RefusesWhatIsNone) {
    for (const auto* text : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x",
                             "10.0.0.0/8/8", "::/129", "pool.example/24", "10.0.0.0/99999999999"})
        EXPECT_FALSE(parse_ip_network(text)) << text;
}

}  // namespace
}  // namespace base
