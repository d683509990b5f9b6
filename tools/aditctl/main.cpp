#include <fmt/format.h>

#include <cstdlib>

#include "aditctl/keys.h"

int main(int argc, char** argv) {
    const base::SystemClock clock;
    base::SystemRandom random;
    CLI::App app{"adit's tool for operators", "aditctl"};
    app.set_version_flag("--version", "aditctl 0.1.0");
    app.require_subcommand(1);
    try {
        aditctl::add_keys_command(app, clock, random);
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    } catch (const std::exception& error) {
        fmt::print(stderr, "aditctl: {}\n", error.what());
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
