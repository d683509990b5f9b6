#include "admin/table.h"

#include <adit/admin/v1/policy.pb.h>
#include <gmock/gmock.h>

namespace admin {
namespace {

using Ban = adit::admin::v1::Ban;

Ban ban(const std::string& name, const std::string& reason) {
    Ban made;
    made.set_name(name);
    made.set_reason(reason);
    return made;
}

std::vector<std::string> names(const std::vector<const Ban*>& rows) {
    std::vector<std::string> found;
    for (const auto* row : rows) found.push_back(row->name());
    return found;
}

TEST(Table, TellsWhatHasChangedSince) {
    Table<Ban> table;
    table.upsert(ban("bans/a", "1"));
    table.upsert(ban("bans/b", "1"));
    const auto seen = table.version();
    table.upsert(ban("bans/a", "2"));
    table.upsert(ban("bans/a", "3"));
    table.erase("bans/b");
    table.upsert(ban("bans/c", "1"));
    const auto changes = table.since(seen);
    EXPECT_THAT(names(changes.upserted), testing::ElementsAre("bans/a", "bans/c"));
    EXPECT_THAT(changes.removed, testing::ElementsAre("bans/b"));
    EXPECT_THAT(names(table.since(changes.version).upserted), testing::IsEmpty());
}

TEST(Table, TakesTheSameRowForNoChange) {
    Table<Ban> table;
    table.upsert(ban("bans/a", "1"));
    const auto seen = table.version();
    table.upsert(ban("bans/a", "1"));
    EXPECT_EQ(table.version(), seen);
}

TEST(Table, ForgetsARemovalWhenTheRowIsBack) {
    Table<Ban> table;
    table.upsert(ban("bans/a", "1"));
    const auto seen = table.version();
    table.erase("bans/a");
    table.upsert(ban("bans/a", "1"));
    EXPECT_THAT(table.since(seen).removed, testing::IsEmpty());
    EXPECT_THAT(names(table.since(seen).upserted), testing::ElementsAre("bans/a"));
}

TEST(Table, BelievesASourceThatKnowsWhetherARowDiffers) {
    Table<Ban> table;
    table.upsert(ban("bans/a", "1"));
    table.upsert(ban("bans/b", "1"));
    const auto seen = table.version();
    const auto set_reason = [](const char* reason) {
        return [reason](Ban& row) {
            if (row.reason() == reason) return false;
            row.set_reason(reason);
            return true;
        };
    };
    EXPECT_TRUE(table.update("bans/a", set_reason("1")));
    EXPECT_EQ(table.version(), seen);
    EXPECT_TRUE(table.update("bans/a", set_reason("2")));
    EXPECT_THAT(names(table.since(seen).upserted), testing::ElementsAre("bans/a"));
    EXPECT_FALSE(table.update("bans/c", set_reason("2")));
}

TEST(Table, TellsTheOrderOfChangesFromAnyVersionOn) {
    Table<Ban> table;
    std::vector<Version> after;
    for (const auto* name : {"bans/a", "bans/b", "bans/c", "bans/a", "bans/b"}) {
        table.upsert(ban(name, std::to_string(after.size())));
        after.push_back(table.version());
    }
    EXPECT_THAT(names(table.since(0).upserted), testing::ElementsAre("bans/c", "bans/a", "bans/b"));
    EXPECT_THAT(names(table.since(after[2]).upserted), testing::ElementsAre("bans/a", "bans/b"));
    table.erase("bans/a");
    EXPECT_THAT(names(table.since(after[2]).upserted), testing::ElementsAre("bans/b"));
    table.erase("bans/b");
    table.upsert(ban("bans/d", "1"));
    EXPECT_THAT(names(table.since(0).upserted), testing::ElementsAre("bans/c", "bans/d"));
    EXPECT_THAT(table.since(0).removed, testing::ElementsAre("bans/a", "bans/b"));
}

TEST(Table, SaysWhenItHasForgottenRemovals) {
    Table<Ban> table;
    const auto seen = table.version();
    for (int i = 0; i < 100'001; ++i) {
        table.upsert(ban("bans/a" + std::to_string(i), "1"));
        table.erase("bans/a" + std::to_string(i));
    }
    EXPECT_FALSE(table.knows(seen));
    EXPECT_TRUE(table.knows(table.version()));
    EXPECT_FALSE(table.knows(table.version() + 1)) << "a version of another process";
}

}  // namespace
}  // namespace admin
