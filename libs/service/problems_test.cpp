#include "service/problems.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace service {
namespace {

using namespace std::chrono_literals;
using Severity = Problems::Severity;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> ids(const Problems& problems) {
    std::vector<std::string> ids;
    for (const auto& problem : problems.all()) ids.push_back(problem.id);
    return ids;
}

TEST(Problems, LastFromWhenTheyAreRaisedUntilTheyAreCleared) {
    base::ManualClock clock;
    Problems problems{clock};
    const auto began = clock.unix_now();
    problems.raise("redis-away", Severity::warning, "no connection");
    clock.advance(5s);
    problems.raise("redis-away", Severity::critical, "no connection for 5 s");
    ASSERT_EQ(problems.all().size(), 1U);
    EXPECT_EQ(problems.all()[0].since, began);
    EXPECT_EQ(problems.all()[0].severity, Severity::critical);
    EXPECT_EQ(problems.all()[0].text, "no connection for 5 s");
    problems.clear("redis-away");
    problems.clear("redis-away");
    EXPECT_TRUE(problems.all().empty());
    problems.raise("redis-away", Severity::warning, "again");
    EXPECT_EQ(problems.all()[0].since, clock.unix_now());
}

TEST(Problems, AreShownForAsLongAsThereIsSomethingToSay) {
    base::ManualClock clock;
    Problems problems{clock};
    problems.show("payout", Severity::critical, "too heavy");
    EXPECT_THAT(ids(problems), ElementsAre("payout"));
    problems.show("payout", Severity::critical, std::nullopt);
    EXPECT_TRUE(problems.all().empty());
}

TEST(Problems, OfAGroupGoWhenTheyAreNotInItAnyMore) {
    base::ManualClock clock;
    Problems problems{clock};
    const auto began = clock.unix_now();
    problems.raise("node", Severity::critical, "none");
    problems.raise("nodes", Severity::critical, "not of the group either");
    problems.show_group("node:", {{.id = "node:a", .text = "x"}, {.id = "node:b", .text = "y"}});
    EXPECT_THAT(ids(problems), ElementsAre("node", "node:a", "node:b", "nodes"));
    clock.advance(1s);
    problems.show_group("node:", {{.id = "node:b", .text = "z"},
                                  {.id = "node:c", .text = "x", .since = began - 1h}});
    EXPECT_THAT(ids(problems), ElementsAre("node", "node:b", "node:c", "nodes"));
    EXPECT_EQ(problems.all()[1].since, began);
    EXPECT_EQ(problems.all()[1].text, "z");
    EXPECT_EQ(problems.all()[2].since, began - 1h);
    problems.show_group("node:", {});
    EXPECT_THAT(ids(problems), ElementsAre("node", "nodes"));
}

TEST(Problems, AreLookedFor) {
    base::ManualClock clock;
    Problems problems{clock};
    std::optional<std::string> wrong = "yes";
    problems.on_look([&] { problems.show("thing", Severity::info, wrong); });
    problems.look();
    EXPECT_THAT(ids(problems), ElementsAre("thing"));
    wrong.reset();
    problems.look();
    EXPECT_TRUE(problems.all().empty());
}

TEST(Problems, AreCountedBySeverity) {
    base::ManualClock clock;
    Problems problems{clock};
    Registry metrics{"gateway", "1"};
    problems.export_to(metrics);
    problems.raise("a", Severity::warning, "a");
    problems.raise("b", Severity::warning, "b");
    const auto text = metrics.text();
    EXPECT_THAT(text, HasSubstr("adit_problems{severity=\"warning\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("adit_problems{severity=\"critical\"} 0\n"));
}

}  // namespace
}  // namespace service
