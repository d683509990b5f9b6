#include "translator/identity_pattern.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace translator {
namespace {

std::string identity(std::string_view pattern, std::string_view user) {
    return IdentityPattern::parse(pattern).value().identity_of(user);
}

TEST(IdentityPattern, PutsTheMinerWhereThePlaceholdersAre) {
    const struct {
        std::string_view pattern, user, identity;
    } cases[] = {
        {"{user}", "alice.rig1", "alice.rig1"},
        {"bob.{worker}", "alice.rig1", "bob.rig1"},
        {"bob.{worker}", "alice", "bob."},
        {"bob.{worker}", "alice.rack.7", "bob.rack.7"},
        {"bob", "alice.rig1", "bob"},
        {"{user}/{worker}", "a.b", "a.b/b"},
        {"{{user}", "alice", "{user}"},
        {"x{{{user}}", "alice", "x{alice}"},
        {"{user}", "", ""},
        {"{user}", "{worker}.x", "{worker}.x"},
        {"", "alice", ""},
    };
    for (const auto& [pattern, user, expected] : cases) {
        SCOPED_TRACE(pattern);
        EXPECT_EQ(identity(pattern, user), expected);
    }
}

TEST(IdentityPattern, KnowsWhetherMinersDiffer) {
    EXPECT_TRUE(IdentityPattern::parse("a.{worker}")->depends_on_miner());
    EXPECT_FALSE(IdentityPattern::parse("account")->depends_on_miner());
    EXPECT_FALSE(IdentityPattern::parse("{{user}")->depends_on_miner());
}

TEST(IdentityPattern, RefusesWhatItDoesNotKnow) {
    for (const auto* text : {"{miner}", "{user", "a{", "{User}"}) {
        SCOPED_TRACE(text);
        const auto pattern = IdentityPattern::parse(text);
        ASSERT_FALSE(pattern);
        EXPECT_THAT(pattern.error(), testing::HasSubstr("there are {user} and {worker}"));
    }
}

TEST(IdentityPattern, CutsWhatTheWireDoesNotCarry) {
    EXPECT_EQ(identity("{user}", std::string(300, 'a')), std::string(255, 'a'));
    // The 255th byte is in the middle of an "é".
    EXPECT_EQ(identity("{user}", std::string(254, 'a') + "éé"), std::string(254, 'a'));
}

}  // namespace
}  // namespace translator
