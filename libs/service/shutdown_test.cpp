#include "service/shutdown.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "base/log.h"

namespace service {
namespace {

using ::testing::ElementsAre;

TEST(Shutdown, CallsOnceThenTreatsTheNextSignalAsImpatience) {
    Loop loop;
    std::vector<std::string> heard;
    Shutdown shutdown{loop,
                      [&](std::string_view signal) {
                          heard.push_back("stop " + std::string{signal});
                          std::raise(SIGINT);
                      },
                      [&](std::string_view signal) {
                          heard.push_back("exit " + std::string{signal});
                          loop.stop();
                      }};
    std::raise(SIGTERM);
    loop.run();
    EXPECT_THAT(heard, ElementsAre("stop SIGTERM", "exit SIGINT"));
}

TEST(ShutdownDeathTest, ASecondSignalEndsTheProcessWithStatusOne) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    const auto stop_twice = [] {
        base::configure_log("gateway", base::LogLevel::info, base::LogFormat::key_value);
        Loop loop;
        Shutdown shutdown{loop, [](std::string_view) { std::raise(SIGTERM); }};
        std::raise(SIGTERM);
        loop.run();
    };
    EXPECT_EXIT(stop_twice(), testing::ExitedWithCode(1), "asked to stop again");
}

}  // namespace
}  // namespace service
