#include "service/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <sstream>

namespace service {

CommandLine parse_command_line(std::string_view service, int argc, const char* const* argv) {
    const auto program = fmt::format("adit-{}", service);
    CLI::App app{fmt::format("{}: part of the adit mining pool", program), program};
    CommandLine line;
    std::string config;
    bool check = false;
    bool ask = false;
    app.add_option("--config", config, "The TOML file with all settings")
        ->type_name("FILE")
        ->required();
    app.add_flag("--check-config", check, "Read and check the settings, then exit");
    app.add_flag("--check-health", ask,
                 "Ask the process that runs with these settings whether it is ready, then exit: 0 "
                 "when it is, else 1 and why")
        ->excludes("--check-config");
    app.set_version_flag("--version", fmt::format("{} {}", program, ADIT_VERSION));
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& asked_or_wrong) {
        std::ostringstream out;
        std::ostringstream err;
        const int status = app.exit(asked_or_wrong, out, err);
        line.action = CommandLine::Action::print_and_exit;
        line.text = out.str() + err.str();
        line.exit_status = status == 0 ? 0 : 1;
        return line;
    }
    line.action = check ? CommandLine::Action::check_config
                  : ask ? CommandLine::Action::check_health
                        : CommandLine::Action::run;
    line.config = config;
    return line;
}

}  // namespace service
