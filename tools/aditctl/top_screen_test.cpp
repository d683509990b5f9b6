#include "aditctl/top_screen.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>

namespace aditctl {
namespace {

using testing::HasSubstr;

const Now now{std::chrono::seconds{1'700'000'000}};

TopData pool_with(int problems, int services, int workers) {
    TopData data;
    for (int i = 0; i < problems; ++i) {
        v1::Problem problem;
        problem.set_severity(v1::Problem::SEVERITY_CRITICAL);
        problem.set_text(fmt::format("trouble {} that takes a long line to say what is wrong", i));
        data.problems.push_back(problem);
    }
    for (int i = 0; i < services; ++i) {
        v1::Service service;
        service.set_name(fmt::format("services/gateway-{:03}", i));
        service.set_state(i == services - 1 ? v1::Service::STATE_WEDGED : v1::Service::STATE_READY);
        data.services.push_back(service);
    }
    for (int i = 0; i < workers; ++i) {
        v1::Worker worker;
        worker.set_name(fmt::format("identities/a/workers/rig{:03}", i));
        worker.set_state(v1::Worker::STATE_MINING);
        data.workers.push_back(worker);
    }
    return data;
}

std::size_t count(const std::vector<std::string>& lines, const std::string& text) {
    return static_cast<std::size_t>(std::ranges::count_if(
        lines, [&](const std::string& line) { return line.find(text) != std::string::npos; }));
}

TEST(TopScreen, FillsAnyScreenAndNoMore) {
    const auto data = pool_with(40, 40, 100);
    for (std::size_t rows = 1; rows < 60; ++rows)
        for (const std::size_t columns : {1U, 20U, 80U, 200U}) {
            const auto lines = top_lines(data, {}, {.rows = rows, .columns = columns}, now);
            EXPECT_EQ(lines.size(), std::max<std::size_t>(rows, 2));
            for (const auto& line : lines) EXPECT_LE(width_of(line), columns) << line;
        }
}

TEST(TopScreen, LeavesWorkersTheirPlaceWhenAllIsWrong) {
    const auto lines = top_lines(pool_with(40, 40, 100), {}, {.rows = 24, .columns = 80}, now);
    EXPECT_GE(count(lines, "trouble"), 2U);
    EXPECT_GE(count(lines, "gateway-"), 2U);
    EXPECT_GE(count(lines, "a.rig"), 3U);
    EXPECT_EQ(count(lines, "more: aditctl problems"), 1U);
}

TEST(TopScreen, GivesWorkersWhatOthersDoNotNeed) {
    const auto lines = top_lines(pool_with(0, 3, 100), {}, {.rows = 40, .columns = 80}, now);
    EXPECT_EQ(count(lines, "a.rig"), 40U - 1 - 5 - 5 - 2);
}

TEST(TopScreen, ShowsServicesInTroubleFirst) {
    const auto lines = top_lines(pool_with(0, 9, 0), {}, {.rows = 24, .columns = 80}, now);
    const auto first = std::ranges::find_if(
        lines, [](const std::string& line) { return line.starts_with("gateway-"); });
    ASSERT_NE(first, lines.end());
    EXPECT_THAT(*first, HasSubstr("gateway-008"));
}

TEST(TopScreen, ScrollsToTheLastWorkerAndNoFurther) {
    const auto lines =
        top_lines(pool_with(0, 0, 100), {.first = 99}, {.rows = 24, .columns = 80}, now);
    EXPECT_EQ(count(lines, "a.rig"), 24U - 1 - 5 - 2);
    EXPECT_EQ(count(lines, "a.rig099"), 1U);
}

TEST(TopScreen, SaysThatWhatItShowsIsOld) {
    auto data = pool_with(0, 1, 1);
    data.trouble = "no answer";
    EXPECT_THAT(top_lines(data, {}, {.rows = 24, .columns = 80}, now)[1], "! no answer");
}

TEST(TopScreen, OrdersComeRound) {
    auto sort = WorkerSort::worst;
    for (int i = 0; i < 5; ++i) sort = next_sort(sort);
    EXPECT_EQ(sort, WorkerSort::worst);
}

TEST(Terminal, TellsKeysInWhatComesAtOnce) {
    using testing::ElementsAre;
    EXPECT_THAT(keys_in("s\x1b[A\x1b[6~q"),
                ElementsAre(Key::next_sort, Key::up, Key::page_down, Key::quit));
    EXPECT_THAT(keys_in("x"), ElementsAre(Key::other));
    EXPECT_THAT(keys_in("\x1b[15~qqq"), ElementsAre(Key::other)) << "F5 is not q";
    EXPECT_TRUE(keys_in("").empty());
}

}  // namespace
}  // namespace aditctl
