#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include "hostile/misbehaviour.h"
#include "hostile/steady.h"

namespace {

hostile::Target target_of(const std::string& text) {
    const auto url = noise::parse_pool_url(text);
    if (!url)
        throw std::runtime_error{"--url " + text + ": " +
                                 std::string{noise::error_text(url.error())}};
    return {.port = url->port, .authority = url->authority.key};
}

}  // namespace

int main(int argc, char** argv) try {
    CLI::App app{"Peers that misbehave, and miners that must not notice. See ./dev hostile."};
    std::string url;
    std::size_t count = 20;
    double rate = 400;
    app.add_option("--url", url, "stratum2+tcp://HOST:PORT/AUTHORITY_KEY, on this machine")
        ->required();
    app.require_subcommand(1);
    int exit_code = EXIT_SUCCESS;
    auto& steady = *app.add_subcommand("steady", "mine, and time the answers");
    steady.add_option("--miners", count, "connections")->capture_default_str();
    steady.add_option("--rate", rate, "shares a second of all together")->capture_default_str();
    steady.callback([&] { exit_code = hostile::mine_steadily(target_of(url), count, rate); });
    app.add_subcommand("never-reads", "ask, and never read")->callback([&] {
        hostile::never_read(target_of(url));
    });
    app.add_subcommand("byte-a-second", "ask, and read a byte a second")->callback([&] {
        hostile::read_a_byte_a_second(target_of(url));
    });
    app.add_subcommand("opens", "open channels without end")->callback([&] {
        hostile::open_without_end(target_of(url));
    });
    auto& silent = *app.add_subcommand("silent", "connect, and say nothing");
    silent.add_option("--count", count, "connections")->capture_default_str();
    silent.callback([&] { hostile::connect_and_say_nothing(target_of(url), count); });
    CLI11_PARSE(app, argc, argv);
    return exit_code;
} catch (const std::exception& error) {
    static_cast<void>(std::fprintf(stderr, "hostile_peers: %s\n", error.what()));
    return EXIT_FAILURE;
}
