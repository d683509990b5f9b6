#include "redis/route.h"

#include <gtest/gtest.h>

#include "redis/slot.h"

namespace redis {
namespace {

TEST(RouteOf, FindsTheKeyOfEveryCommand) {
    const Args cases[] = {
        {"GET", "{p7}:vardiff"},
        {"HSCAN", "{p7}:gw", "0", "COUNT", "{p8}"},
        {"XADD", "{p7}:log", "MAXLEN", "~", "5", "*", "{p8}", "{p9}"},
        {"MGET", "{p7}:a", "{p7}:b"},
        {"UNLINK", "{p7}:ch:1"},
        {"EVALSHA", "0123", "2", "{p7}:gw", "{p7}:tips", "{p8}:", "mark"},
        {"EVAL", "return 1", "1", "{p7}:gw"},
        {"XREAD", "COUNT", "5", "BLOCK", "0", "STREAMS", "{p7}:log", "{p7}:b", "0-0", "{p8}"},
        {"XINFO", "STREAM", "{p7}:log"},
        {"MEMORY", "USAGE", "{p7}:log", "SAMPLES", "0"},
    };
    for (const auto& command : cases) {
        SCOPED_TRACE(command[0]);
        const auto route = route_of(command);
        EXPECT_EQ(route.kind, Route::Kind::slot) << route.why;
        EXPECT_EQ(route.slot, slot_of("p7"));
    }
    EXPECT_EQ(route_of({"TIME"}).kind, Route::Kind::any);
    EXPECT_EQ(route_of({"SCAN", "0", "MATCH", "{p*}:ch:*"}).kind, Route::Kind::scan);
}

TEST(RouteOf, RefusesWhatItCannotPlace) {
    const struct {
        Args command;
        const char* why;
    } cases[] = {
        {{}, "empty"},
        {{"GET"}, "GET without its keys"},
        {{"EVALSHA", "0123"}, "without its keys"},
        {{"EVALSHA", "0123", "0", "{p7}:"}, "without its keys"},
        {{"EVALSHA", "0123", "2", "{p7}:gw"}, "without its keys"},
        {{"EVALSHA", "0123", "99999999999999999999", "{p7}:gw"}, "without its keys"},
        {{"EVALSHA", "0123", "18446744073709551615", "{p7}:gw"}, "without its keys"},
        {{"EVALSHA", "0123", "-1", "{p7}:gw"}, "without its keys"},
        {{"MGET", "{p7}:a", "{p8}:a"}, "different slots"},
        {{"EVALSHA", "0123", "2", "{p7}:gw", "{pool}:members"}, "different slots"},
        {{"XREAD", "STREAMS"}, "without its keys"},
        {{"FLUSHALL"}, "has no place"},
        {{"KEYS", "*"}, "has no place"},
        {{"WAIT", "1", "0"}, "has no place"},
        {{"MULTI"}, "has no place"},
    };
    for (const auto& [command, why] : cases) {
        const auto route = route_of(command);
        EXPECT_EQ(route.kind, Route::Kind::none);
        EXPECT_NE(route.why.find(why), std::string::npos) << route.why;
    }
}

TEST(ScanCursor, ComesBackAsItWent) {
    const ScanCursor cursor{7, 2, "18446744073709551615"};
    EXPECT_EQ(cursor.to_string(), "7.2.18446744073709551615");
    EXPECT_EQ(parse_scan_cursor(cursor.to_string()), cursor);
    for (const auto* text :
         {"", "0", "7", "7.2", "7.2.", "7..1", ".2.1", "7.2.x", "-7.2.1", "7.2.1.0"})
        EXPECT_FALSE(parse_scan_cursor(text).has_value()) << text;
}

}  // namespace
}  // namespace redis
