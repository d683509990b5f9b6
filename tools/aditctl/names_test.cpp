#include "aditctl/names.h"

#include <gmock/gmock.h>

#include "aditctl/failure.h"

namespace aditctl {
namespace {

TEST(Names, ShortOnesAreMadeWholeAndWholeOnesStay) {
    EXPECT_EQ(resource_name("gateways/", "gateway-1"), "gateways/gateway-1");
    EXPECT_EQ(resource_name("gateways/", "gateways/gateway-1"), "gateways/gateway-1");
    EXPECT_EQ(connection_name("gateway-1/17"), "gateways/gateway-1/connections/17");
    EXPECT_EQ(connection_name("gateways/g/connections/1"), "gateways/g/connections/1");
    EXPECT_EQ(identity_name("alice"), "identities/alice");
}

TEST(Names, AWorkerIsWhatFollowsTheFirstDot) {
    const struct {
        const char* text;
        const char* name;
    } cases[] = {
        {"alice.rig1", "identities/alice/workers/rig1"},
        {"alice.rack.7", "identities/alice/workers/rack.7"},
        {"alice", "identities/alice/workers/-"},
        {"a b.r/1", "identities/a%20b/workers/r%2F1"},
        {"alice.-", "identities/alice/workers/%2D"},
        {"m\xc3\xbc.r", "identities/m%C3%BC/workers/r"},
    };
    for (const auto& [text, name] : cases) {
        EXPECT_EQ(worker_name(text), name);
        EXPECT_EQ(short_name(name), text);
    }
    EXPECT_EQ(worker_name("alice."), "identities/alice/workers/-");
    EXPECT_EQ(worker_name("identities/alice/workers/rig1"), "identities/alice/workers/rig1");
}

TEST(Names, WhatIsNoConnectionIsRefused) {
    for (const auto* const text : {"17", "/17", "gateway-1/", ""})
        EXPECT_THROW(static_cast<void>(connection_name(text)), CommandFailure) << text;
}

TEST(Names, ShortOnesHaveNoControlCharacters) {
    EXPECT_EQ(short_name("identities/a%1B%5B2J/workers/-"), "a?[2J");
    EXPECT_EQ(short_name("gateways/gateway-1/connections/17"), "gateway-1/17");
    EXPECT_EQ(short_name("pool"), "pool");
    EXPECT_EQ(short_name("identities/50%"), "50%");
    EXPECT_EQ(short_name("identities/50%2"), "50%2");
}

TEST(Names, BansAreNamedByWhatTheyAreAbout) {
    EXPECT_EQ(ban_name("address", "10.0.0.0/8"), "bans/address:10.0.0.0%2F8");
    EXPECT_EQ(ban_name("address", "2001:db8::1"), "bans/address:2001:db8::1");
    EXPECT_EQ(ban_name("identity", "alice"), "bans/identity:alice");
}

}  // namespace
}  // namespace aditctl
