#include "base/log.h"

#include <gtest/gtest.h>

namespace base {
namespace {

TEST(Log, QuotesOnlyWhatNeedsIt) {
    EXPECT_EQ(
        format_log_line(LogFormat::key_value, "gateway", LogLevel::warning, "connection closed",
                        {{"reason", "bad mac"}, {"connection", 7}, {"empty", ""}}),
        R"(level=warning service=gateway message="connection closed" reason="bad mac" connection=7 empty="")");
}

TEST(Log, APeersTextCannotStartALineOrAFieldOfItsOwn) {
    EXPECT_EQ(
        format_log_line(LogFormat::key_value, "g", LogLevel::info, "m", {{"user", "a\nlevel=\"x"}}),
        R"(level=info service=g message="m" user="a\u000alevel=\"x")");
    EXPECT_EQ(format_log_line(LogFormat::json, "g", LogLevel::info, "m", {{"user", "a\"b\\"}}),
              R"("level":"info","service":"g","message":"m","user":"a\"b\\")");
}

}  // namespace
}  // namespace base
