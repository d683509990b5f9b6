#include "aditctl/command_line.h"

#include <fmt/format.h>

#include <string_view>

#include "aditctl/commands.h"
#include "aditctl/completion.h"
#include "aditctl/direct/direct.h"
#include "aditctl/global_options.h"
#include "aditctl/keys.h"
#include "aditctl/payouts.h"
#include "aditctl/shares.h"
#include "aditctl/tls.h"
#include "aditctl/top.h"

namespace aditctl {
namespace {

constexpr const char* footer =
    "\nExit status: 0 done, 1 failed, 2 wrong words, 3 not found, 4 not permitted, 5 the admin\n"
    "service cannot be reached, 6 conflict. Each command has --help with examples.\n";

/// The innermost command that was named.
const CLI::App& named_command(const CLI::App& app) {
    const auto parsed = app.get_subcommands();
    return parsed.empty() ? app : named_command(*parsed.front());
}

std::string words_of(const CLI::App& command) {
    const auto* const parent = command.get_parent();
    return parent == nullptr ? command.get_name() : words_of(*parent) + " " + command.get_name();
}

std::string usage_failure(const CLI::App* app, const CLI::Error& error) {
    return fmt::format("aditctl: {}; see {} --help\n", error.what(), words_of(named_command(*app)));
}

}  // namespace

ExitCode run_command_line(int argc, char** argv, const base::Clock& clock, base::Random& random) {
    CLI::App app{"adit's tool for operators", "aditctl"};
    app.set_version_flag("--version", "aditctl 0.1.0");
    app.require_subcommand(1);
    app.fallthrough();  // the options of every command may stand behind it
    app.footer(footer);
    app.failure_message(usage_failure);
    GlobalOptions options;
    add_global_options(app, options);
    try {
        add_pool_commands(app, options);
        add_fleet_commands(app, options);
        add_gateway_commands(app, options);
        add_connection_commands(app, options);
        add_channel_commands(app, options);
        add_worker_commands(app, options);
        add_chain_commands(app, options);
        add_policy_commands(app, options);
        add_ban_commands(app, options);
        add_top_command(app, options);
        add_completion_command(app);
        add_tls_command(app, clock);
        add_keys_command(app, clock, random);
        add_payouts_command(app, options, clock);
        add_shares_command(app, options, clock);
        direct::add_direct_commands(app, clock);
        if (argc > 1 && std::string_view{argv[1]} == "__complete") {
            print_candidates(app, {argv + 2, argv + argc});
            return ExitCode::done;
        }
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? ExitCode::done : ExitCode::usage;
    } catch (const CommandFailure& failure) {
        fmt::print(stderr, "aditctl: {}\n", failure.what());
        return failure.code();
    } catch (const std::exception& error) {
        fmt::print(stderr, "aditctl: {}\n", error.what());
        return ExitCode::failed;
    }
    return ExitCode::done;
}

}  // namespace aditctl
