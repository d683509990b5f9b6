#include "admin/live_rows.h"

#include <gtest/gtest.h>

namespace admin {
namespace {

using Rows = std::vector<std::pair<std::string, std::string>>;

void look(LiveRows& live, const Rows& rows) {
    live.begin();
    for (const auto& [name, json] : rows) live.put(name, json);
    live.end();
}

std::string since(LiveRows& live, LiveRows::Revision revision) {
    const auto told = live.changes_since(revision);
    return told ? *told : "nothing";
}

TEST(LiveRows, TellsEverythingToWhoKnowsNothing) {
    LiveRows live;
    EXPECT_EQ(since(live, 0), R"({"all":true,"rows":[]})");
    look(live, {{"b", "2"}, {"a", "1"}});
    EXPECT_EQ(since(live, 0), R"({"all":true,"rows":[1,2]})");
    EXPECT_EQ(since(live, live.revision()), "nothing");
}

TEST(LiveRows, TellsWhatHasChangedAndWhatIsGone) {
    LiveRows live;
    look(live, {{"a", "1"}, {"b", "2"}, {"c", "3"}});
    const auto known = live.revision();
    look(live, {{"a", "1"}, {"b", "22"}});
    EXPECT_EQ(since(live, known), R"({"rows":[22],"removed":["c"]})");
    look(live, {{"a", "1"}, {"b", "22"}, {"c", "33"}});
    EXPECT_EQ(since(live, known), R"({"rows":[22,33],"removed":[]})");
}

TEST(LiveRows, WhatStandsStillIsNoNews) {
    LiveRows live;
    look(live, {{"a", "1"}});
    const auto known = live.revision();
    look(live, {{"a", "1"}});
    EXPECT_EQ(live.revision(), known);
    EXPECT_EQ(since(live, known), "nothing");
}

TEST(LiveRows, MakesATextOnceForAllThatKnowTheSame) {
    LiveRows live;
    look(live, {{"a", "1"}});
    EXPECT_EQ(live.changes_since(0), live.changes_since(0));
}

TEST(LiveRows, ARevisionFromElsewhereGetsEverything) {
    LiveRows live;
    look(live, {{"a", "1"}});
    EXPECT_EQ(since(live, live.revision() + 100), R"({"all":true,"rows":[1]})");
}

TEST(LiveRows, ForgetsRemovalsThatAreTooManyAndTellsAllInstead) {
    LiveRows live;
    Rows rows;
    for (int i = 0; i < 1200; ++i) rows.emplace_back(std::to_string(i), "0");
    look(live, rows);
    const auto known = live.revision();
    look(live, {{"a", "1"}});
    EXPECT_EQ(since(live, known), R"({"all":true,"rows":[1]})");
}

TEST(JsonString, EscapesWhatWouldEndIt) {
    EXPECT_EQ(json_string("a\"b\\c\n\x01"), R"("a\"b\\c\u000a\u0001")");
}

}  // namespace
}  // namespace admin
