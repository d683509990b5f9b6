#include "service/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace service {
namespace {

using Action = CommandLine::Action;
using ::testing::HasSubstr;

CommandLine parse(std::vector<const char*> flags) {
    flags.insert(flags.begin(), "adit-gateway");
    return parse_command_line("gateway", static_cast<int>(flags.size()), flags.data());
}

TEST(CommandLine, RunsOrChecksTheFileItNames) {
    const auto run = parse({"--config", "gateway.toml"});
    EXPECT_EQ(run.action, Action::run);
    EXPECT_EQ(run.config, "gateway.toml");
    EXPECT_EQ(parse({"--config=x.toml", "--check-config"}).action, Action::check_config);
    EXPECT_EQ(parse({"--config=x.toml", "--check-health"}).action, Action::check_health);
}

TEST(CommandLine, ChecksOneThingAtATime) {
    const auto both = parse({"--config=x.toml", "--check-config", "--check-health"});
    EXPECT_EQ(both.exit_status, 1);
    EXPECT_THAT(both.text, HasSubstr("excludes"));
}

TEST(CommandLine, PrintsHelpAndVersionAndSucceeds) {
    const auto version = parse({"--version"});
    EXPECT_EQ(version.action, Action::print_and_exit);
    EXPECT_EQ(version.exit_status, 0);
    EXPECT_THAT(version.text, HasSubstr("adit-gateway " ADIT_VERSION));
    const auto help = parse({"--help"});
    EXPECT_EQ(help.exit_status, 0);
    EXPECT_THAT(help.text, HasSubstr("--check-config"));
}

TEST(CommandLine, SaysWhatIsMissingOrUnknownAndFails) {
    const auto missing = parse({});
    EXPECT_EQ(missing.action, Action::print_and_exit);
    EXPECT_EQ(missing.exit_status, 1);
    EXPECT_THAT(missing.text, HasSubstr("--config"));
    const auto unknown = parse({"--config", "x", "--verbose"});
    EXPECT_EQ(unknown.exit_status, 1);
    EXPECT_THAT(unknown.text, HasSubstr("--verbose"));
}

}  // namespace
}  // namespace service
