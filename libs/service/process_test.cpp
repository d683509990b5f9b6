#include "service/process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <stdexcept>

#include "service/chassis.h"

namespace service {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Config {
    LogConfig log{};
    ChassisConfig chassis{};
    std::string file{};
};

struct Outcome {
    int status = -1;
    std::string out{};
    std::string err{};
};

template <class Load, class Run>
Outcome run_with(std::vector<const char*> flags, Load load, Run run) {
    flags.insert(flags.begin(), "adit-vardiff");
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    Outcome outcome;
    outcome.status =
        run_service("vardiff", static_cast<int>(flags.size()), flags.data(), load, run);
    outcome.out = testing::internal::GetCapturedStdout();
    outcome.err = testing::internal::GetCapturedStderr();
    return outcome;
}

Config load_any(const std::filesystem::path& file) {
    return {.log = {}, .file = file.string()};
}

TEST(RunService, RunsWithTheConfigurationAndSaysThatItWasAskedToStop) {
    std::string seen;
    const auto outcome = run_with({"--config", "v.toml"}, load_any,
                                  [&](const Config& config) { seen = config.file; });
    EXPECT_EQ(outcome.status, 0);
    EXPECT_EQ(seen, "v.toml");
    EXPECT_THAT(outcome.err, EndsWith("message=\"vardiff stopped\" reason=\"asked to stop\"\n"));
}

TEST(RunService, AsksTheRunningProcessWhetherItIsReady) {
    const auto nobody = [](const std::filesystem::path&) {
        Config config;
        config.chassis.http = {"127.0.0.1", 1};
        return config;
    };
    const auto outcome = run_with({"--config", "v.toml", "--check-health"}, nobody,
                                  [](const Config&) { FAIL() << "it must not run"; });
    EXPECT_EQ(outcome.status, 1);
    EXPECT_EQ(outcome.out, "127.0.0.1:1: Connection refused\n");
}

TEST(RunService, TakesAllDescriptorsThatItMayHave) {
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    auto few = before;
    few.rlim_cur = 200;
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
    rlimit seen{};
    run_with({"--config", "v.toml"}, load_any,
             [&](const Config&) { ::getrlimit(RLIMIT_NOFILE, &seen); });
    ::setrlimit(RLIMIT_NOFILE, &before);
    EXPECT_EQ(seen.rlim_cur, before.rlim_max);
}

TEST(RunService, SaysWhyItFailedInTheLastLine) {
    const auto outcome = run_with({"--config", "v.toml"}, load_any, [](const Config&) {
        throw std::runtime_error{"no Redis at 127.0.0.1:1"};
    });
    EXPECT_EQ(outcome.status, 1);
    EXPECT_THAT(outcome.err, EndsWith("level=error service=vardiff message=\"vardiff stopped\" "
                                      "reason=\"no Redis at 127.0.0.1:1\"\n"));
}

TEST(RunService, ShowsEveryProblemOfTheConfigurationAndDoesNotRun) {
    const auto outcome = run_with(
        {"--config", "v.toml"},
        [](const std::filesystem::path&) -> Config {
            throw ConfigError{{"v.toml: a: is missing", "v.toml: b: unknown key"}};
        },
        [](const Config&) { FAIL() << "ran"; });
    EXPECT_EQ(outcome.status, 1);
    EXPECT_THAT(outcome.err, StartsWith("v.toml: a: is missing\nv.toml: b: unknown key\n"));
    EXPECT_THAT(outcome.err, HasSubstr("reason=\"2 problems in the configuration"));
}

TEST(RunService, ChecksTheConfigurationWithoutRunning) {
    const auto outcome = run_with({"--config", "v.toml", "--check-config"}, load_any,
                                  [](const Config&) { FAIL() << "ran"; });
    EXPECT_EQ(outcome.status, 0);
    EXPECT_EQ(outcome.out, "v.toml: ok\n");
}

TEST(RunService, ShowsWhatTheServiceSaysOfACheckedConfiguration) {
    const std::vector<const char*> flags{"adit-vardiff", "--config", "v.toml", "--check-config"};
    testing::internal::CaptureStdout();
    const auto status = run_service(
        "vardiff", static_cast<int>(flags.size()), flags.data(), load_any,
        [](const Config&) { FAIL() << "only checks"; },
        [](const Config& config) { return "read from " + config.file + "\n"; });
    EXPECT_EQ(testing::internal::GetCapturedStdout(), "v.toml: ok\nread from v.toml\n");
    EXPECT_EQ(status, 0);
}

TEST(RunService, PrintsTheVersionAndComplainsOnStderr) {
    const auto never_load = [](const std::filesystem::path&) -> Config {
        throw std::logic_error{"loaded"};
    };
    const auto never_run = [](const Config&) {};
    const auto version = run_with({"--version"}, never_load, never_run);
    EXPECT_EQ(version.status, 0);
    EXPECT_THAT(version.out, StartsWith("adit-vardiff "));
    const auto wrong = run_with({"--verbose"}, never_load, never_run);
    EXPECT_EQ(wrong.status, 1);
    EXPECT_EQ(wrong.out, "");
    EXPECT_NE(wrong.err, "");
}

}  // namespace
}  // namespace service
