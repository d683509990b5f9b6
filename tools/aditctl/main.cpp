#include <fmt/format.h>

#include <cstdlib>

#include "aditctl/ban.h"
#include "aditctl/blocks.h"
#include "aditctl/keys.h"
#include "aditctl/log.h"
#include "aditctl/nodes.h"
#include "aditctl/shares.h"
#include "aditctl/vardiff.h"
#include "base/log.h"

int main(int argc, char** argv) {
    const base::SystemClock clock;
    base::SystemRandom random;
    base::configure_log("aditctl", base::LogLevel::error, base::LogFormat::key_value);
    CLI::App app{"adit's tool for operators", "aditctl"};
    app.set_version_flag("--version", "aditctl 0.1.0");
    app.require_subcommand(1);
    try {
        aditctl::add_ban_command(app, clock);
        aditctl::add_blocks_command(app);
        aditctl::add_keys_command(app, clock, random);
        aditctl::add_log_command(app);
        aditctl::add_nodes_command(app);
        aditctl::add_shares_command(app);
        aditctl::add_vardiff_command(app);
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    } catch (const std::exception& error) {
        fmt::print(stderr, "aditctl: {}\n", error.what());
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
