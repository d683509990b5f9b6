#include "service/endpoint.h"

#include <gtest/gtest.h>

namespace service {
namespace {

TEST(ParseEndpoint, ReadsNamesAndAddressesOfBothFamilies) {
    EXPECT_EQ(parse_endpoint("0.0.0.0:3336"), (Endpoint{"0.0.0.0", 3336}));
    EXPECT_EQ(parse_endpoint("redis.pool.svc:6379"), (Endpoint{"redis.pool.svc", 6379}));
    EXPECT_EQ(parse_endpoint("[::1]:65535"), (Endpoint{"::1", 65535}));
    EXPECT_EQ(parse_endpoint("localhost:0"), (Endpoint{"localhost", 0}));
}

TEST(ParseEndpoint, RefusesWhatIsNotExactlyHostAndPort) {
    for (const char* text :
         {"", ":", "foo", "foo:", ":80", "foo:65536", "foo:-1", "foo:+1", "foo:8o", "foo:80 ",
          "::1:80", "[]:80", "[::1]", "http://foo:80", "user@foo:80", "a b:1", "foo: 80"})
        EXPECT_EQ(parse_endpoint(text), std::nullopt) << text;
}

TEST(ParseEndpoint, ReadsBackWhatToStringWrites) {
    for (const auto& endpoint : {Endpoint{"127.0.0.1", 1}, Endpoint{"fe80::1", 2}})
        EXPECT_EQ(parse_endpoint(to_string(endpoint)), endpoint);
}

TEST(ListenFailure, NamesAddressKeyAndCure) {
    EXPECT_EQ(listen_failure({"127.0.0.1", 4000}, "listen.grpc",
                             std::make_error_code(std::errc::address_in_use)),
              "address in use: 127.0.0.1:4000 (listen.grpc); choose another port or stop the "
              "process that holds it");
}

}  // namespace
}  // namespace service
