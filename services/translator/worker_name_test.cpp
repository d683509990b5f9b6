#include "translator/worker_name.h"

#include <gtest/gtest.h>

#include <string>

namespace translator {
namespace {

TEST(AccountOf, IsWhatStandsBeforeTheFirstDot) {
    EXPECT_EQ(account_of("bob"), "bob");
    EXPECT_EQ(account_of("bob.rig.1"), "bob");
    EXPECT_EQ(account_of(".rig"), "");
    EXPECT_EQ(account_of(""), "");
}

TEST(ToldWorker, C261_IsTheWholeNameUnlessThatIsTooLongOrTheAccountIsKnown) {
    EXPECT_EQ(told_worker("bob.rig", false), "bob.rig");
    EXPECT_EQ(told_worker("bob.rig", true), "rig");
    EXPECT_EQ(told_worker("bob", true), "bob");
    EXPECT_EQ(told_worker("bob.", true), "bob.");
    const std::string address(42, 'q');
    EXPECT_EQ(told_worker(address + ".rig", false), "rig");
    EXPECT_EQ(told_worker(address, false), address.substr(0, 32));
}

TEST(CutText, C261_NeverEndsWithinACharacter) {
    EXPECT_EQ(cut_text("abc", 3), "abc");
    EXPECT_EQ(cut_text("abcd", 3), "abc");
    EXPECT_EQ(cut_text("a\xc3\xa9", 3), "a\xc3\xa9");
    EXPECT_EQ(cut_text("ab\xc3\xa9", 3), "ab");
    EXPECT_EQ(cut_text("\xf0\x9f\x98\x80", 3), "");
}

}  // namespace
}  // namespace translator
