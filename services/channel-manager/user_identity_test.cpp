#include "channel-manager/user_identity.h"

#include <gtest/gtest.h>

#include <string>

namespace channel_manager {
namespace {

TEST(UserIdentity, TakesWhatCanBeShown) {
    for (const std::string& identity :
         {std::string{"a"}, std::string{"bc1qexample.rig-1"},
          std::string{"Müller ⛏ \xf0\x9f\x92\xa1"}, std::string{"two words"},
          std::string{"\xc2\xa0"}, std::string{"\xf4\x8f\xbf\xbf"}, std::string(255, 'x')})
        EXPECT_TRUE(is_acceptable_user_identity(identity)) << identity;
}

TEST(UserIdentity, RefusesWhatCannot) {
    const struct {
        const char* why;
        std::string identity;
    } cases[] = {
        {"empty", ""},
        {"no account", "."},
        {"a worker without an account", ".rig-1"},
        {"one byte too long", std::string(256, 'x')},
        {"a line end", "a\nb"},
        {"a zero", std::string{"a\0b", 3}},
        {"escape", "\x1b[2J"},
        {"delete", "a\x7f"},
        {"a C1 control", "\xc2\x85"},
        {"a lone continuation", "\x80"},
        {"cut short", "a\xe2\x82"},
        {"overlong", "\xc0\xaf"},
        {"overlong with three", "\xe0\x80\xaf"},
        {"a surrogate", "\xed\xa0\x80"},
        {"beyond the last", "\xf4\x90\x80\x80"},
        {"no such first byte", "\xff"},
        {"latin-1", "M\xfcller"},
    };
    for (const auto& [why, identity] : cases)
        EXPECT_FALSE(is_acceptable_user_identity(identity)) << why;
}

TEST(UserIdentity, BeginsWithTheAccount) {
    EXPECT_EQ(account_of("alice"), "alice");
    EXPECT_EQ(account_of("alice."), "alice");
    EXPECT_EQ(account_of("alice.rig.1"), "alice");
    EXPECT_EQ(account_of(".rig"), "");
}

}  // namespace
}  // namespace channel_manager
