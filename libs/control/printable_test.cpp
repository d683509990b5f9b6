#include "control/printable.h"

#include <gtest/gtest.h>

namespace control {
namespace {

TEST(ToUtf8, KeepsWhatIsTextAndMarksWhatIsNot) {
    const struct {
        std::string text;
        std::string expected;
    } cases[] = {
        {"", ""},
        {"alice.rig", "alice.rig"},
        {"m\xc3\xbcller \xe2\x82\xac \xf0\x9f\x98\x80",
         "m\xc3\xbcller \xe2\x82\xac \xf0\x9f\x98\x80"},
        {"a\xff"
         "b",
         "a?b"},
        {"\xc3", "?"},
        {"\xc0\x80", "??"},            // an overlong zero
        {"\xed\xa0\x80", "???"},       // half a surrogate
        {"\xf4\x90\x80\x80", "????"},  // beyond Unicode
        {"\xe2\x82", "??"},
    };
    for (const auto& [text, expected] : cases) EXPECT_EQ(to_utf8(text), expected);
}

}  // namespace
}  // namespace control
