#include "redis/redirect.h"

#include <gtest/gtest.h>

namespace redis {
namespace {

Address at(const char* host, std::uint16_t port) {
    Address address;
    address.host = host;
    address.port = port;
    return address;
}

TEST(ReadRedirect, ReadsWhereToGo) {
    using Kind = Redirect::Kind;
    const struct {
        const char* text;
        Redirect redirect;
    } cases[] = {
        {"MOVED 3999 127.0.0.1:6381", {Kind::moved, 3999, at("127.0.0.1", 6381)}},
        {"ASK 16383 10.0.0.9:7000", {Kind::ask, 16383, at("10.0.0.9", 7000)}},
        {"MOVED 0 fd00::7:6379", {Kind::moved, 0, at("fd00::7", 6379)}},
        {"MOVED 5 redis-1.redis.pool.svc:6379",
         {Kind::moved, 5, at("redis-1.redis.pool.svc", 6379)}},
        {"MOVED 5 :6380", {Kind::moved, 5, at("asked", 6380)}},
        {"ASK 5 ?:6380", {Kind::ask, 5, at("asked", 6380)}},
        {"TRYAGAIN Multiple keys request during rehashing of slot", {Kind::try_again, 0, {}}},
        {"CLUSTERDOWN The cluster is down", {Kind::down, 0, {}}},
        {"CLUSTERDOWN Hash slot not served", {Kind::down, 0, {}}},
    };
    for (const auto& [text, redirect] : cases)
        EXPECT_EQ(read_redirect(text, at("asked", 1)), redirect) << text;
}

TEST(ReadRedirect, LeavesOtherErrorsAlone) {
    for (const auto* text :
         {"", "ERR unknown command", "MOVED", "MOVED 1", "MOVED x 127.0.0.1:1",
          "MOVED 16384 127.0.0.1:1", "MOVED 1 127.0.0.1:0", "MOVED 1 127.0.0.1:70000",
          "MOVED 1 127.0.0.1", "MOVEDX 1 a:1", "NOSCRIPT No matching script"})
        EXPECT_FALSE(read_redirect(text, at("asked", 1)).has_value()) << text;
}

}  // namespace
}  // namespace redis
