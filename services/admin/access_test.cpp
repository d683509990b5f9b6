#include "admin/access.h"

#include <gtest/gtest.h>

namespace admin {
namespace {

TEST(Access, GivesACertificateTheHighestRoleThatNamesIt) {
    const std::vector<RoleRule> rules{{"*", Role::viewer},
                                      {"alice", Role::viewer},
                                      {"ops.pool.example", Role::operating},
                                      {"mallory", Role::viewer}};
    const struct {
        const char* what;
        std::vector<std::string> names;
        std::optional<Role> role;
    } cases[] = {
        {"by its common name", {"alice"}, Role::viewer},
        {"by an alternative name", {"alice", "ops.pool.example"}, Role::operating},
        {"by none: as every certificate", {"bob"}, Role::viewer},
        {"without any name: as every certificate", {}, Role::viewer},
        {"names are compared whole", {"ops.pool.example.org"}, Role::viewer},
    };
    for (const auto& [what, names, role] : cases) {
        SCOPED_TRACE(what);
        EXPECT_EQ(role_of(rules, names), role);
    }
}

TEST(Access, GivesNoRoleToWhomNoRuleNames) {
    const std::vector<RoleRule> rules{{"alice", Role::operating}};
    EXPECT_EQ(role_of(rules, {"bob"}), std::nullopt);
    EXPECT_EQ(role_of(rules, {""}), std::nullopt);
    EXPECT_EQ(role_of(rules, {}), std::nullopt);
    EXPECT_EQ(role_of({}, {"alice"}), std::nullopt);
}

TEST(Access, LetsARuleThatNamesACertificateLowerWhatAllHave) {
    EXPECT_EQ(role_of({{"*", Role::operating}, {"intern", Role::viewer}}, {"intern"}),
              Role::viewer);
}

TEST(Access, WritesAddressesOfPeersAsOthersDo) {
    EXPECT_EQ(peer_address("ipv4:10.0.0.1:5000"), "10.0.0.1:5000");
    EXPECT_EQ(peer_address("ipv6:%5B2001:db8::1%5D:5000"), "[2001:db8::1]:5000");
    EXPECT_EQ(peer_address("unix:/tmp/socket"), "unix:/tmp/socket");
}

}  // namespace
}  // namespace admin
