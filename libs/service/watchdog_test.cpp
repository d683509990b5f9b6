#include "service/watchdog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <future>

#include "base/log.h"

namespace service {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Watchdog, NamesAStageThatStandsStillOnceAndCountsIt) {
    base::ManualClock clock;
    Watchdog watchdog{clock, {}};
    auto& commit = watchdog.add_stage("commit", 2s);
    watchdog.add_stage("bus_send", 2s);
    Registry metrics{"gateway", "1"};
    watchdog.export_to(metrics);
    watchdog.event("batch sent", 41);

    commit.publish(3, clock.steady_now());
    clock.advance(2500ms);
    watchdog.stamp();
    testing::internal::CaptureStderr();
    base::configure_log("gateway", base::LogLevel::info, base::LogFormat::key_value);
    watchdog.look();
    watchdog.look();
    const auto said = testing::internal::GetCapturedStderr();
    EXPECT_THAT(said, HasSubstr("message=\"stage stands still\" stage=commit depth=3"));
    EXPECT_THAT(said, HasSubstr("what=\"batch sent\" id=41"));
    EXPECT_THAT(said, Not(HasSubstr("stands still\" stage=bus_send")));

    const auto text = metrics.text();
    EXPECT_THAT(text, HasSubstr("adit_stalls_total 1\n"));
    EXPECT_THAT(text, HasSubstr("adit_stage_depth{stage=\"commit\"} 3\n"));
    EXPECT_THAT(text, HasSubstr("adit_stage_oldest_seconds{stage=\"commit\"} 2.5\n"));
    EXPECT_THAT(text, HasSubstr("adit_stage_wait_max_seconds{stage=\"commit\"} 2\n"));
}

TEST(Watchdog, MeasuresHowLateTheLoopTurns) {
    base::ManualClock clock;
    Watchdog watchdog{clock, {}};
    Registry metrics{"gateway", "1"};
    watchdog.export_to(metrics);
    const auto due = clock.steady_now();
    watchdog.stamp(due);
    clock.advance(3s);
    watchdog.stamp(due);
    EXPECT_TRUE(watchdog.look());
    const auto text = metrics.text();
    EXPECT_THAT(text, HasSubstr("adit_loop_lag_seconds_count 2\n"));
    EXPECT_THAT(text, HasSubstr("adit_loop_lag_seconds_bucket{le=\"2.5\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("adit_loop_lag_seconds_bucket{le=\"5\"} 2\n"));
}

TEST(Watchdog, FailsLivenessOnlyWhileTheLoopDoesNotTurn) {
    base::ManualClock clock;
    Watchdog watchdog{clock, {.turn_max = 5s}};
    clock.advance(5s);
    EXPECT_TRUE(watchdog.look());
    clock.advance(1us);
    EXPECT_FALSE(watchdog.look());
    watchdog.stamp();
    EXPECT_TRUE(watchdog.look());
}

TEST(Watchdog, TellsHowItStandsWithoutTheLoop) {
    base::ManualClock clock;
    Watchdog watchdog{clock, {.turn_max = 5s}};
    auto& commit = watchdog.add_stage("commit", 2s);
    watchdog.event("batch sent", 41);
    commit.publish(3, clock.steady_now(), {"partition", 4});
    clock.advance(6s);
    const auto status = watchdog.status();
    EXPECT_TRUE(status.is_wedged);
    EXPECT_EQ(status.since_turn, 6s);
    ASSERT_EQ(status.stages.size(), 1U);
    EXPECT_EQ(status.stages[0].name, "commit");
    EXPECT_EQ(status.stages[0].depth, 3U);
    EXPECT_EQ(status.stages[0].oldest, 6s);
    EXPECT_EQ(status.stages[0].oldest_entry, "partition 4");
    EXPECT_TRUE(status.stages[0].is_stalled);
    const auto events = watchdog.events();
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].what, "batch sent");
    EXPECT_EQ(events[0].ago, 6s);
    watchdog.stamp();
    EXPECT_FALSE(watchdog.status().is_wedged);
}

TEST(Watchdog, ItsThreadReportsALoopThatDoesNotRun) {
    base::SystemClock clock;
    Loop loop;
    std::promise<bool> reported;
    Watchdog watchdog{clock, {.turn_max = 10ms, .look_every = 1ms}};
    watchdog.start(loop, [&](bool live) { reported.set_value(live); });
    EXPECT_FALSE(reported.get_future().get());
}

TEST(Watchdog, DumpsOnSigquitWhileTheLoopDoesNotRun) {
    sigset_t quit;
    sigemptyset(&quit);
    sigaddset(&quit, SIGQUIT);
    pthread_sigmask(SIG_BLOCK, &quit, nullptr);
    testing::internal::CaptureStderr();
    base::configure_log("gateway", base::LogLevel::info, base::LogFormat::key_value);
    base::SystemClock clock;
    Loop loop;
    Watchdog watchdog{clock, {}};
    watchdog.event("batch sent", 42);
    watchdog.start(loop, [](bool) {});
    ::kill(::getpid(), SIGQUIT);
    watchdog.stop();
    const auto said = testing::internal::GetCapturedStderr();
    EXPECT_THAT(said, HasSubstr("message=\"dump event\" why=SIGQUIT"));
    EXPECT_THAT(said, HasSubstr("id=42"));
}

TEST(Watchdog, StampsAsLongAsTheLoopRuns) {
    base::SystemClock clock;
    Loop loop;
    Watchdog watchdog{clock, {.turn_max = 60s, .look_every = 1ms}};
    watchdog.start(loop, [](bool) {});
    boost::asio::steady_timer end{loop.context(), 250ms};
    end.async_wait([&](const boost::system::error_code&) { loop.stop(); });
    loop.run();
    watchdog.stop();
    EXPECT_TRUE(watchdog.look());
}

}  // namespace
}  // namespace service
