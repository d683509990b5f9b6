#include "admin/listing.h"

#include <adit/admin/v1/channel.pb.h>
#include <adit/admin/v1/worker.pb.h>
#include <gmock/gmock.h>

#include <map>
#include <set>

#include "base/random.h"

namespace admin {
namespace {

namespace proto = adit::admin::v1;
using testing::ElementsAre;
using testing::HasSubstr;

proto::Channel channel(const std::string& name, double rate,
                       const std::string& identity = "alice") {
    proto::Channel made;
    made.set_name("channels/" + name);
    made.set_user_identity(identity);
    made.mutable_hash_rates()->set_last_5_minutes(rate);
    return made;
}

template <class Row>
std::vector<std::string> names(const Page<Row>& page) {
    std::vector<std::string> found;
    for (const auto* row : page.rows)
        found.push_back(row->name().substr(row->name().find('/') + 1));
    return found;
}

struct ListingTest : testing::Test {
    void SetUp() override {
        table.upsert(channel("a", 3));
        table.upsert(channel("b", 1, "bob"));
        table.upsert(channel("c", 2));
        table.upsert(channel("d", 2));
    }
    Page<proto::Channel> page(const ListQuery& query) {
        auto found = list(table, query);
        EXPECT_TRUE(found) << (found ? "" : found.error().text);
        return found ? *std::move(found) : Page<proto::Channel>{};
    }
    ListError refusal(const ListQuery& query) {
        const auto found = list(table, query);
        EXPECT_FALSE(found);
        return found ? ListError{} : found.error();
    }
    Table<proto::Channel> table;
};

TEST_F(ListingTest, OrdersByWhatIsAskedAndThenByName) {
    EXPECT_THAT(names(page({})), ElementsAre("a", "b", "c", "d"));
    EXPECT_THAT(names(page({.order_by = "name desc"})), ElementsAre("d", "c", "b", "a"));
    EXPECT_THAT(names(page({.order_by = "hash_rates.last_5_minutes"})),
                ElementsAre("b", "c", "d", "a"));
    EXPECT_THAT(names(page({.order_by = "hash_rates.last_5_minutes desc"})),
                ElementsAre("a", "c", "d", "b"));
    EXPECT_THAT(
        names(page({.order_by = "user_identity desc ,hash_rates.last_5_minutes, name desc"})),
        ElementsAre("b", "d", "c", "a"));
}

TEST_F(ListingTest, PutsWhatIsNotSetFirst) {
    auto timed = channel("c", 2);
    timed.mutable_last_share_time()->set_seconds(1);
    table.upsert(timed);
    timed = channel("a", 2);
    timed.mutable_last_share_time()->set_nanos(1);
    table.upsert(timed);
    EXPECT_THAT(names(page({.order_by = "last_share_time"})), ElementsAre("b", "d", "a", "c"));
}

TEST_F(ListingTest, GivesPageAfterPage) {
    ListQuery query{
        .page_size = 2, .filter = "user_identity = alice", .order_by = "hash_rates.last_5_minutes"};
    const auto first = page(query);
    EXPECT_THAT(names(first), ElementsAre("c", "d"));
    EXPECT_EQ(first.total_size, 3U);
    query.page_token = first.next_page_token;
    const auto second = page(query);
    EXPECT_THAT(names(second), ElementsAre("a"));
    EXPECT_EQ(second.total_size, 3U);
    EXPECT_EQ(second.next_page_token, "");
    query.page_size = 3;
    query.page_token = "";
    EXPECT_EQ(page(query).next_page_token, "") << "nothing is behind a page that is just full";
}

TEST_F(ListingTest, GoesOnBehindTheLastRowWhateverHasHappenedToIt) {
    ListQuery query{.page_size = 2, .order_by = "hash_rates.last_5_minutes"};
    const auto first = page(query);
    EXPECT_THAT(names(first), ElementsAre("b", "c"));
    query.page_token = first.next_page_token;
    table.erase("channels/c");
    table.upsert(channel("b", 9));
    table.upsert(channel("e", 0.5));
    EXPECT_THAT(names(page(query)), ElementsAre("d", "a"));
}

TEST_F(ListingTest, ListsTheChildrenOfAParent) {
    Table<proto::Worker> workers;
    for (const auto* name : {"identities/al/workers/1", "identities/alice/workers/1",
                             "identities/alice/workers/2", "identities/bob/workers/1"}) {
        proto::Worker worker;
        worker.set_name(name);
        workers.upsert(worker);
    }
    const auto found = list(workers, {.name_prefix = "identities/alice/"});
    ASSERT_TRUE(found);
    EXPECT_THAT(names(*found), ElementsAre("alice/workers/1", "alice/workers/2"));
    EXPECT_EQ(found->total_size, 2U);
}

TEST_F(ListingTest, RefusesTheTokenOfAnotherListAndADamagedOne) {
    const ListQuery query{.page_size = 1, .order_by = "difficulty"};
    const auto token = page(query).next_page_token;
    EXPECT_THAT(refusal({.page_token = token, .order_by = "difficulty desc"}).text,
                HasSubstr("of a list with another filter, order_by or parent"));
    EXPECT_EQ(refusal({.page_token = token, .order_by = "difficulty desc"}).kind,
              ListErrorKind::page_token);
    EXPECT_EQ(refusal({.page_token = token, .filter = "is_silent", .order_by = "difficulty"}).kind,
              ListErrorKind::page_token);
    EXPECT_EQ(refusal({.page_token = token, .order_by = "difficulty", .name_prefix = "c"}).kind,
              ListErrorKind::page_token);
    EXPECT_THAT(refusal({.page_token = token + "A", .order_by = "difficulty"}).text,
                HasSubstr("damaged"));
    EXPECT_THAT(refusal({.page_token = "2"}).text, HasSubstr("damaged"));
    Table<proto::Worker> workers;
    EXPECT_FALSE(list(workers, {.page_token = token, .order_by = "difficulty"}));
}

TEST_F(ListingTest, SaysWhatItDoesNotUnderstand) {
    EXPECT_EQ(refusal({.page_size = -1}).kind, ListErrorKind::page_size);
    EXPECT_THAT(refusal({.filter = "hash > 1"}).text,
                HasSubstr("filter, at 1: there is no field \"hash\"; Channel has name,"));
    EXPECT_THAT(refusal({.order_by = "name, hash_rates"}).text,
                HasSubstr("order_by, at 7: \"hash_rates\" holds more than one value"));
    EXPECT_THAT(refusal({.order_by = "name downwards"}).text, HasSubstr("order_by, at 6: here"));
    EXPECT_THAT(refusal({.order_by = "name,"}).text, HasSubstr("order_by, at 5"));
    EXPECT_EQ(refusal({.order_by = "difficulty desc desc"}).kind, ListErrorKind::order_by);
}

TEST(Listing, BoundsThePage) {
    Table<proto::Channel> table;
    for (int i = 0; i < 1100; ++i) table.upsert(channel(std::to_string(i), i));
    const auto rows = [&](std::int32_t size) {
        return list(table, {.page_size = size})->rows.size();
    };
    EXPECT_EQ(rows(0), 50U);
    EXPECT_EQ(rows(1000), 1000U);
    EXPECT_EQ(rows(2'000'000'000), 1000U);
}

TEST(ListingProperty, PagesOfAnySizeGiveWhatAStableSortDoes) {
    base::SeededRandom random{42};
    for (int round = 0; round < 200; ++round) {
        Table<proto::Channel> table;
        std::map<std::pair<double, std::string>, bool> expected;
        for (auto left = random.next_u64() % 60; left > 0; --left) {
            const auto made = channel(std::to_string(random.next_u64() % 1000),
                                      static_cast<double>(random.next_u64() % 5),
                                      random.next_u64() % 3 == 0 ? "bob" : "alice");
            table.upsert(made);
        }
        table.for_each([&](const proto::Channel& row) {
            if (row.user_identity() == "alice")
                expected[{-row.hash_rates().last_5_minutes(), row.name()}] = true;
        });
        ListQuery query{.page_size = static_cast<std::int32_t>(1 + random.next_u64() % 12),
                        .filter = "user_identity = alice",
                        .order_by = "hash_rates.last_5_minutes desc"};
        auto next = expected.begin();
        do {
            const auto page = list(table, query);
            ASSERT_TRUE(page);
            EXPECT_EQ(page->total_size, expected.size());
            for (const auto* row : page->rows) {
                ASSERT_NE(next, expected.end());
                EXPECT_EQ(row->name(), next++->first.second);
            }
            query.page_token = page->next_page_token;
        } while (!query.page_token.empty());
        EXPECT_EQ(next, expected.end());
    }
}

}  // namespace
}  // namespace admin
