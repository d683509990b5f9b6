#include "service/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace service {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Registry, WritesCountersGaugesAndTheBuild) {
    Registry registry{"gateway", "1.2.3"};
    registry.counter("adit_gateway_frames_total", "Frames read.").add(3);
    registry.gauge("adit_gateway_connections", "Open connections.").set(2.5);
    const auto text = registry.text();
    EXPECT_THAT(text, HasSubstr("# HELP adit_gateway_frames_total Frames read.\n"
                                "# TYPE adit_gateway_frames_total counter\n"
                                "adit_gateway_frames_total 3\n"));
    EXPECT_THAT(text, HasSubstr("# TYPE adit_gateway_connections gauge\n"
                                "adit_gateway_connections 2.5\n"));
    EXPECT_THAT(text, HasSubstr("adit_build_info{service=\"gateway\",version=\"1.2.3\"} 1\n"));
}

TEST(Registry, WritesCountsThatADoubleStillHoldsExactly) {
    Registry registry{"gateway", "1"};
    registry.counter("adit_gateway_hashes_total", "Hashes.").add(123'456'789'012'345);
    EXPECT_THAT(registry.text(), HasSubstr("adit_gateway_hashes_total 123456789012345\n"));
}

TEST(Registry, WritesASumOfFractionsAsACounter) {
    Registry registry{"gateway", "1"};
    auto& difficulty = registry.sum("adit_gateway_difficulty_total", "Difficulty.");
    difficulty.add(0.25);
    difficulty.add(1024);
    EXPECT_THAT(registry.text(), HasSubstr("# TYPE adit_gateway_difficulty_total counter\n"
                                           "adit_gateway_difficulty_total 1024.25\n"));
}

TEST(Counter, FollowsACountThatIsKeptElsewhereAndNeverGoesBack) {
    Counter counter;
    for (const auto& [elsewhere, here] : {std::pair{5U, 5U}, {5U, 5U}, {2U, 5U}, {6U, 6U}}) {
        counter.follow(elsewhere);
        EXPECT_EQ(counter.value(), here);
    }
}

TEST(Registry, TellsSeriesApartByTheirLabels) {
    Registry registry{"gateway", "1"};
    auto& shares = registry.counters("adit_gateway_rejected_total", "Rejected.", {"reason"});
    auto& stale = shares.with({"stale-share"});
    shares.with({"a \"b\"\n"}).add(4);
    stale.add();
    shares.with({"stale-share"}).add();
    EXPECT_EQ(stale.value(), 2U);
    EXPECT_THAT(registry.text(),
                HasSubstr("adit_gateway_rejected_total{reason=\"stale-share\"} 2\n"));
    EXPECT_THAT(registry.text(),
                HasSubstr("adit_gateway_rejected_total{reason=\"a \\\"b\\\"\\n\"} 4\n"));
}

TEST(Registry, CountsABoundaryValueBelowItsBound) {
    Registry registry{"gateway", "1"};
    auto& wait = registry.histogram("adit_gateway_wait_seconds", "Wait.", {0.5, 1});
    for (const double value : {0.5, 0.75, 1.0, 8.0}) wait.observe(value);
    EXPECT_THAT(registry.text(), HasSubstr("adit_gateway_wait_seconds_count 4\n"
                                           "adit_gateway_wait_seconds_sum 10.25\n"
                                           "adit_gateway_wait_seconds_bucket{le=\"0.5\"} 1\n"
                                           "adit_gateway_wait_seconds_bucket{le=\"1\"} 3\n"
                                           "adit_gateway_wait_seconds_bucket{le=\"+Inf\"} 4\n"));
}

TEST(Registry, ListsTheSeriesOfTheMetricsThatAreNamed) {
    Registry registry{"gateway", "1"};
    registry.counters("adit_gateway_shares_total", "Shares.", {"result"}).with({"accepted"}).add(3);
    registry.counter("adit_gateway_other_total", "Other.").add(9);
    auto& depth = registry.gauge("adit_gateway_depth", "Depth.");
    registry.on_collect([&] { depth.set(7); });
    registry.histogram("adit_gateway_wait_seconds", "Wait.", {0.5}).observe(2);
    std::vector<std::string> seen;
    for (const auto& sample : registry.samples({"adit_gateway_shares_total", "adit_gateway_depth",
                                                "adit_gateway_wait_seconds", "adit_none"})) {
        auto line = sample.name;
        for (const auto& [name, value] : sample.labels) line += " " + name + "=" + value;
        seen.push_back(line + " " + std::to_string(static_cast<int>(sample.value)));
    }
    EXPECT_THAT(
        seen, ElementsAre("adit_gateway_shares_total result=accepted 3", "adit_gateway_depth 7",
                          "adit_gateway_wait_seconds_bucket le=0.5 0",
                          "adit_gateway_wait_seconds_bucket le=+Inf 1",
                          "adit_gateway_wait_seconds_sum 2", "adit_gateway_wait_seconds_count 1"));
    EXPECT_TRUE(registry.samples({}).empty());
}

TEST(Registry, RefreshesBeforeEachCollection) {
    Registry registry{"gateway", "1"};
    auto& depth = registry.gauge("adit_gateway_depth", "Depth.");
    registry.on_collect([&] { depth.add(1); });
    registry.text();
    EXPECT_THAT(registry.text(), HasSubstr("adit_gateway_depth 2\n"));
}

TEST(Family, GathersWhatIsBeyondItsBoundAsOther) {
    Family<Counter> family{{"peer"}, {}};
    for (std::size_t i = 0; i < 2 * Family<Counter>::series_max; ++i)
        family.with({std::to_string(i)}).add();
    EXPECT_EQ(family.series().size(), Family<Counter>::series_max + 1);
    EXPECT_EQ(family.with({"other"}).value(), Family<Counter>::series_max);
    EXPECT_EQ(family.with({"0"}).value(), 1U);
}

TEST(RegistryDeathTest, RefusesNamesAgainstTheConvention) {
    Registry registry{"gateway", "1"};
    EXPECT_DEATH(registry.counter("adit_gateway_frames", "Frames."), "_total");
    EXPECT_DEATH(registry.gauge("adit_gateway_open_total", "Open."), "_total");
    EXPECT_DEATH(registry.sum("adit_gateway_difficulty", "Difficulty."), "_total");
    EXPECT_DEATH(registry.gauge("gateway_open", "Open."), "adit_");
    EXPECT_DEATH(registry.gauge("adit_gateway_open", ""), "help");
}

}  // namespace
}  // namespace service
