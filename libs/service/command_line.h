#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace service {

/// What the flags ask for.
struct CommandLine {
    enum class Action { run, check_config, check_health, print_and_exit };

    Action action = Action::run;
    std::filesystem::path config{};
    std::string text{};   // for print_and_exit: help, the version, or what is wrong
    int exit_status = 0;  // for print_and_exit
};

/// Reads the flags that every service has: `--config FILE`, `--check-config`, `--check-health`,
/// `--version`, `--help`. There are no others: everything else is in the file.
CommandLine parse_command_line(std::string_view service, int argc, const char* const* argv);

}  // namespace service
