#include "edge/proxy_header.h"

#include <gtest/gtest.h>

#include <string>

namespace edge {
namespace {

using Error = ProxyHeaderError;
using namespace std::string_literals;

ProxyHeader::Source source(std::string_view address, std::uint16_t port) {
    return {base::parse_ip_address(address).value(), port};
}

/// A header of version 2; `address_part` is what its length counts.
std::string v2(unsigned command, unsigned family, const std::string& address_part) {
    std::string header{"\r\n\r\n\0\r\nQUIT\n", 12};
    header += static_cast<char>(0x20U | command);
    header += static_cast<char>(family);
    header += static_cast<char>(address_part.size() >> 8);
    header += static_cast<char>(address_part.size() & 0xff);
    return header + address_part;
}

const std::string v4_part = "\xc0\x00\x02\x01\x0a\x00\x00\x01\x30\x39\x5e\xba"s;
const std::string v6_part = "\x20\x01\x0d\xb8"s + std::string(11, '\0') + "\x01"s +
                            std::string(15, '\0') + "\x01\x30\x39\x5e\xba"s;

auto read(const std::string& text) {
    return read_proxy_header(base::as_bytes(text));
}

/// Every beginning is undecided, the whole is the header, and what follows does not matter.
void expect_header(const std::string& text, const std::optional<ProxyHeader::Source>& expected) {
    SCOPED_TRACE(testing::PrintToString(text));
    for (std::size_t size = 0; size < text.size(); ++size)
        ASSERT_EQ(read(text.substr(0, size)).value(), std::nullopt) << size;
    for (const auto& rest : {""s, "\r\n"s, std::string(64, '\xff')}) {
        const auto header = read(text + rest);
        ASSERT_TRUE(header && *header);
        EXPECT_EQ((*header)->size, text.size());
        EXPECT_EQ((*header)->source, expected);
    }
}

void expect_error(const std::string& text, Error error) {
    const auto header = read(text);
    ASSERT_FALSE(header) << testing::PrintToString(text);
    EXPECT_EQ(header.error(), error) << testing::PrintToString(text);
}

TEST(ProxyHeader, ReadsVersion1) {
    expect_header("PROXY TCP4 192.0.2.1 10.0.0.1 12345 24250\r\n", source("192.0.2.1", 12345));
    expect_header("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n",
                  source("255.255.255.255", 65535));
    expect_header("PROXY TCP6 2001:db8::1 ::1 0 1\r\n", source("2001:db8::1", 0));
    expect_header("PROXY TCP6 ::ffff:192.0.2.1 ::1 1 1\r\n", source("192.0.2.1", 1));
    expect_header("PROXY UNKNOWN\r\n", std::nullopt);
    // The longest that the text of the protocol gives.
    expect_header(
        "PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
        std::nullopt);
}

TEST(ProxyHeader, RefusesAMalformedVersion1) {
    for (const auto* line :
         {"PROXY \r\n", "PROXY TCP4\r\n", "PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n",
          "PROXY TCP4 1.2.3.4 1.2.3.4 1 2 3\r\n", "PROXY TCP4  1.2.3.4 1.2.3.4 1 2\r\n",
          "PROXY TCP4 1.2.3.4 1.2.3.4 1 2 \r\n", "PROXY TCP4 1.2.3.4 1.2.3.4 1 65536\r\n",
          "PROXY TCP4 1.2.3.4 1.2.3.4 01 2\r\n", "PROXY TCP4 1.2.3.4 1.2.3.4 -1 2\r\n",
          "PROXY TCP4 1.2.3.4 1.2.3.4 1 \r\n", "PROXY TCP4 ::1 ::1 1 2\r\n",
          "PROXY TCP4 1.2.3.4 ::1 1 2\r\n", "PROXY TCP6 1.2.3.4 1.2.3.4 1 2\r\n",
          "PROXY TCP4 pool.example 1.2.3.4 1 2\r\n", "PROXY tcp4 1.2.3.4 1.2.3.4 1 2\r\n",
          "PROXY UNKNOWNX\r\n", "PROXY UDP4 1.2.3.4 1.2.3.4 1 2\r\n",
          "PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n", "PROXY TCP4 1.2.3.4\n"})
        expect_error(line, Error::malformed);
}

TEST(ProxyHeader, BoundsVersion1At107Bytes) {
    const auto fits = "PROXY UNKNOWN "s + std::string(107 - 16, 'x') + "\r\n";
    ASSERT_EQ(fits.size(), 107U);
    expect_header(fits, std::nullopt);
    expect_error("PROXY UNKNOWN "s + std::string(108 - 16, 'x') + "\r\n", Error::too_long);
    EXPECT_EQ(read("PROXY "s + std::string(100, 'x')).value(), std::nullopt);
    expect_error("PROXY "s + std::string(101, 'x'), Error::too_long);
}

TEST(ProxyHeader, ReadsVersion2AndSkipsWhatFollowsTheAddresses) {
    const auto tlvs = "\x03\x00\x04\x01\x02\x03\x04\xe0\xff\xff"s;  // the second is not even whole
    expect_header(v2(1, 0x11, v4_part), source("192.0.2.1", 12345));
    expect_header(v2(1, 0x11, v4_part + tlvs), source("192.0.2.1", 12345));
    expect_header(v2(1, 0x21, v6_part), source("2001:db8::1", 12345));
    expect_header(v2(1, 0x21, v6_part + tlvs), source("2001:db8::1", 12345));
}

TEST(ProxyHeader, ReadsVersion2WithoutAnAddress) {
    expect_header(v2(0, 0x00, ""), std::nullopt);
    expect_header(v2(0, 0x11, v4_part), std::nullopt);
    expect_header(v2(1, 0x00, "anything"), std::nullopt);
    expect_header(v2(1, 0x31, std::string(216, 'x')), std::nullopt);
}

TEST(ProxyHeader, RefusesAMalformedVersion2) {
    expect_error(v2(1, 0x11, v4_part.substr(1)), Error::malformed);
    expect_error(v2(1, 0x21, v6_part.substr(1)), Error::malformed);
    expect_error(v2(1, 0x31, std::string(215, 'x')), Error::malformed);
    for (const auto family : {0x10U, 0x12U, 0x13U, 0x22U, 0x32U, 0x41U})
        expect_error(v2(1, family, std::string(216, 'x')), Error::malformed);
    expect_error(v2(2, 0x11, v4_part), Error::malformed);
    auto other_version = v2(1, 0x11, v4_part);
    other_version[12] = '\x11';
    expect_error(other_version, Error::malformed);
}

TEST(ProxyHeader, BoundsVersion2FromItsLengthAlone) {
    const auto part = v4_part + std::string(proxy_v2_size_max - 16 - 12, '\0');
    const auto header = read(v2(1, 0x11, part));
    ASSERT_TRUE(header && *header);
    EXPECT_EQ((*header)->size, proxy_v2_size_max);
    expect_error(v2(1, 0x11, part + '\0').substr(0, 16), Error::too_long);
}

TEST(ProxyHeader, IsMissedWithTheFirstByteThatDiffers) {
    for (const auto& text : {"P\r"s, "\r\n\r\n\r"s, "GET / HTTP/1.1\r\n"s, "\xff"s, "proxy "s})
        expect_error(text, Error::missing);
}

}  // namespace
}  // namespace edge
