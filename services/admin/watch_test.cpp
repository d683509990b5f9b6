#include <adit/admin/v1/policy.pb.h>
#include <adit/admin/v1/worker.pb.h>
#include <gmock/gmock.h>

#include <map>

#include "admin/watch_feed.h"
#include "base/random.h"

namespace admin {
namespace {

namespace proto = adit::admin::v1;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Any table's and any Watch's messages do.
using Row = proto::Worker;
using Response = proto::WatchWorkersResponse;
using Feed = TableFeed<Row, Response>;

Row row(const std::string& name, std::uint32_t channels) {
    Row made;
    made.set_name(name);
    made.set_channels(channels);
    return made;
}

/// A watcher as a client sees it.
struct Watcher {
    void read(WatchFeed& feed, Sequence to, bool is_snapshot) {
        const auto& chunk = feed.chunk(place, to, is_snapshot);
        grpc::ByteBuffer copy = chunk.bytes;
        ASSERT_TRUE(grpc::SerializationTraits<Response>::Deserialize(&copy, &last).ok());
        place = chunk.next;
        ++messages;
        for (const auto& each : last.upserted()) rows[each.name()] = each.channels();
        for (const auto& name : last.removed()) rows.erase(name);
    }
    void begin(WatchFeed& feed) {
        const auto end = feed.last();
        do read(feed, end, true);
        while (!last.synced());
    }
    void read_on(WatchFeed& feed) {
        while (place < feed.last()) read(feed, feed.last(), false);
    }
    std::map<std::string, std::uint32_t> rows{};
    Response last{};
    Sequence place = 0;
    int messages = 0;
};

std::map<std::string, std::uint32_t> content(const Table<Row>& table, std::uint32_t at_least = 0) {
    std::map<std::string, std::uint32_t> rows;
    table.for_each([&](const Row& each) {
        if (each.channels() >= at_least) rows[each.name()] = each.channels();
    });
    return rows;
}

Filter filter(const std::string& text) {
    return *Filter::parse(*Row::descriptor(), text);
}

TEST(WatchFeed, GivesASnapshotAndThenWhatChanges) {
    Table<Row> table;
    table.upsert(row("a", 1));
    table.upsert(row("b", 1));
    Feed feed{table, {}, {}, {}, 1, 2};
    feed.update();
    Watcher watcher;
    watcher.begin(feed);
    EXPECT_EQ(watcher.rows, content(table));
    EXPECT_FALSE(watcher.last.resume_token().empty());
    table.upsert(row("b", 2));
    table.upsert(row("b", 3));
    table.erase("a");
    feed.update();
    watcher.messages = 0;
    watcher.read_on(feed);
    EXPECT_EQ(watcher.messages, 1) << "what changed twice comes once";
    EXPECT_EQ(watcher.rows, content(table));
    EXPECT_THAT(watcher.last.removed(), ElementsAre("a"));
}

TEST(WatchFeed, EndsTheSnapshotOfAnEmptyTable) {
    Table<Row> table;
    Feed feed{table, {}, {}, {}, 1, 2};
    feed.update();
    Watcher watcher;
    watcher.begin(feed);
    EXPECT_TRUE(watcher.last.synced());
    EXPECT_THAT(watcher.rows, IsEmpty());
}

TEST(WatchFeed, TellsThatARowMatchesNoMoreAndNothingOfOthers) {
    Table<Row> table;
    table.upsert(row("a", 5));
    table.upsert(row("b", 1));
    Feed feed{table, filter("channels >= 5"), {}, {}, 1, 2};
    feed.update();
    Watcher watcher;
    watcher.begin(feed);
    EXPECT_THAT(watcher.rows, ElementsAre(testing::Pair("a", 5)));
    table.upsert(row("a", 4));
    table.upsert(row("b", 2));
    table.erase("b");
    feed.update();
    watcher.read_on(feed);
    EXPECT_THAT(watcher.last.removed(), ElementsAre("a"));
    EXPECT_THAT(watcher.rows, IsEmpty());
}

TEST(WatchFeed, KeepsToTheParent) {
    Table<Row> table;
    table.upsert(row("identities/a/workers/1", 1));
    table.upsert(row("identities/ab/workers/1", 1));
    Feed feed{table, {}, "identities/a/", {}, 1, 2};
    feed.update();
    Watcher watcher;
    watcher.begin(feed);
    EXPECT_THAT(watcher.rows, ElementsAre(testing::Pair("identities/a/workers/1", 1)));
}

TEST(WatchFeed, EncodesOnceForAllWhoStandAtTheSamePlace) {
    Table<Row> table;
    table.upsert(row("a", 1));
    Feed feed{table, {}, {}, {}, 1, 2};
    feed.update();
    const auto* const first = &feed.chunk(0, feed.last(), true);
    EXPECT_EQ(first, &feed.chunk(0, feed.last(), true));
}

// Whatever changes while a watcher reads, and however slowly it does: it ends up with the truth.
TEST(WatchFeed, BringsEveryWatcherToTheTableAsItIs) {
    base::SeededRandom random{7};
    Table<Row> table;
    const auto change = [&] {
        const auto name = "w" + std::to_string(random.next_u64() % 1'200);
        if (random.next_u64() % 4 == 0)
            table.erase(name);
        else
            table.upsert(row(name, static_cast<std::uint32_t>(random.next_u64() % 10)));
    };
    for (int i = 0; i < 2'000; ++i) change();
    Feed feed{table, filter("channels >= 5"), {}, {}, 1, 2};
    feed.update();
    struct Slow {
        Watcher watcher{};
        Sequence snapshot_end = 0;
        bool is_synced = false;
    };
    std::vector<Slow> all;
    const auto step = [&](Slow& slow) {
        const auto end = slow.is_synced ? feed.last() : slow.snapshot_end;
        if (slow.is_synced && slow.watcher.place >= end) return;
        slow.watcher.read(feed, end, !slow.is_synced);
        slow.is_synced = slow.is_synced || slow.watcher.place >= end;
    };
    for (int round = 0; round < 300; ++round) {
        if (round % 20 == 0) all.push_back({.watcher = {}, .snapshot_end = feed.last()});
        for (int i = 0; i < 10; ++i) change();
        if (random.next_u64() % 2 == 0) feed.update();
        for (std::size_t i = 0; i < all.size(); ++i)
            if (random.next_u64() % (i + 1) == 0) step(all[i]);
    }
    feed.update();
    for (auto& slow : all) {
        while (!slow.is_synced) step(slow);
        slow.watcher.read_on(feed);
        EXPECT_EQ(slow.watcher.rows, content(table, 5));
    }
}

TEST(WatchFeed, KeepsMessagesSmall) {
    Table<Row> table;
    for (int i = 0; i < 2'500; ++i) {
        auto made = row("w" + std::to_string(i), 1);
        made.set_firmware(std::string(i % 3 == 0 ? 2'000 : 1, 'x'));
        table.upsert(made);
    }
    Feed feed{table, {}, {}, {}, 1, 2};
    feed.update();
    Watcher watcher;
    const auto end = feed.last();
    while (!watcher.last.synced()) {
        watcher.read(feed, end, true);
        EXPECT_LE(watcher.last.upserted_size(), 1'000);
        EXPECT_LE(watcher.last.ByteSizeLong(), 64U * 1024U + 4'096U);
    }
    EXPECT_EQ(watcher.rows.size(), 2'500U);
}

TEST(WatchFeed, SaysWhenItHasForgottenRemovals) {
    Table<Row> table;
    table.upsert(row("stays", 1));
    Feed feed{table, {}, {}, {}, 1, 2};
    feed.update();
    const auto seen = feed.last();
    for (int i = 0; i < 100'001; ++i) table.upsert(row("x" + std::to_string(i), 1));
    feed.update();
    for (int i = 0; i < 100'001; ++i) table.erase("x" + std::to_string(i));
    feed.update();
    EXPECT_FALSE(feed.knows(seen));
    EXPECT_TRUE(feed.knows(feed.last()));
    EXPECT_FALSE(feed.knows(feed.last() + 1));
    Watcher watcher;
    watcher.begin(feed);
    EXPECT_EQ(watcher.rows, content(table));
}

// The table keeps no removals beyond 100,000; the feed that was not asked meanwhile finds them.
TEST(WatchFeed, FindsWhatTheTableHasForgotten) {
    Table<Row> table;
    table.upsert(row("gone", 1));
    Feed feed{table, {}, {}, {}, 1, 2};
    feed.update();
    Watcher watcher;
    watcher.begin(feed);
    table.erase("gone");
    for (int i = 0; i < 100'001; ++i) {
        table.upsert(row("x" + std::to_string(i), 1));
        table.erase("x" + std::to_string(i));
    }
    feed.update();
    watcher.read_on(feed);
    EXPECT_THAT(watcher.rows, IsEmpty());
}

}  // namespace
}  // namespace admin
