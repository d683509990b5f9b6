#include "vardiff/policies.h"

#include <gtest/gtest.h>

namespace vardiff {
namespace {

TEST(Policies, AnIdentitysOwnComesBeforeItsAccountsBeforeTheCommon) {
    PolicySet set;
    set.common.shares_per_minute = 6;
    set.by_identity["alice"].shares_per_minute = 12;
    set.by_identity["alice.rig1"].shares_per_minute = 60;
    const Policies policies{set};
    const auto rate = [&](std::string_view identity) {
        return policies.terms_for(identity).policy.shares_per_minute;
    };
    EXPECT_EQ(rate("alice.rig1"), 60);
    EXPECT_EQ(rate("alice.rig2"), 12);
    EXPECT_EQ(rate("alice"), 12);
    EXPECT_EQ(rate("bob.alice"), 6);
    EXPECT_EQ(rate(""), 6);
}

}  // namespace
}  // namespace vardiff
