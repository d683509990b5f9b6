#include "redis/address.h"

#include <gtest/gtest.h>

namespace redis {
namespace {

TEST(ParseAddress, ReadsWhatAnOperatorWrites) {
    const struct {
        const char* text;
        std::string host;
        std::uint16_t port;
        std::string unix_path;
    } cases[] = {
        {"127.0.0.1:6379", "127.0.0.1", 6379, ""},
        {"redis.pool.svc:1", "redis.pool.svc", 1, ""},
        {"[::1]:65535", "::1", 65535, ""},
        {"unix:/run/redis.sock", "", 0, "/run/redis.sock"},
    };
    for (const auto& [text, host, port, unix_path] : cases) {
        SCOPED_TRACE(text);
        const auto address = parse_address(text);
        ASSERT_TRUE(address.has_value());
        EXPECT_EQ(address->host, host);
        EXPECT_EQ(address->port, port);
        EXPECT_EQ(address->unix_path, unix_path);
        EXPECT_EQ(to_string(*address), text);
    }
}

TEST(ParseAddress, RefusesWhatNamesNoPlace) {
    for (const auto* text : {"", "redis", ":6379", "redis:", "redis:0", "redis:65536", "redis:63x",
                             "redis:-1", "::1:6379", "[]:1", "unix:", "unix:relative"}) {
        EXPECT_FALSE(parse_address(text).has_value()) << text;
    }
    EXPECT_FALSE(parse_address("unix:/" + std::string(107, 'a')).has_value());
    EXPECT_TRUE(parse_address("unix:/" + std::string(106, 'a')).has_value());
}

}  // namespace
}  // namespace redis
