#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

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

/// Misbehaves until stdin ends. Each line of it is answered with what was done so far; that is
/// another thread's, since a peer may be stuck in a socket that is not read.
template <class Misbehave>
[[noreturn]] void tell_of(Misbehave misbehave) {
    static hostile::Deeds deeds;
    std::thread{[misbehave] { misbehave(deeds); }}.detach();
    char line[64];
    while (::read(STDIN_FILENO, line, sizeof line) > 0) {
        std::printf("%" PRIu64 " %" PRIu64 "\n", deeds.connections.load(), deeds.messages.load());
        std::fflush(stdout);
    }
    std::_Exit(EXIT_SUCCESS);  // the thread is not waited for
}

}  // namespace

int main(int argc, char** argv) try {
    CLI::App app{"Peers that misbehave, and miners that must not notice. See ./dev hostile."};
    std::string url;
    std::size_t count = 20;
    double rate = 400;
    std::vector<std::unique_ptr<std::size_t>> counts;  // of those that misbehave, by their kind
    app.add_option("--url", url, "stratum2+tcp://HOST:PORT/AUTHORITY_KEY, on this machine")
        ->required();
    app.require_subcommand(1);
    int exit_code = EXIT_SUCCESS;
    auto& steady = *app.add_subcommand("steady", "mine, and time the answers");
    steady.add_option("--miners", count, "connections")->capture_default_str();
    steady.add_option("--rate", rate, "shares a second of all together")->capture_default_str();
    steady.callback([&] { exit_code = hostile::mine_steadily(target_of(url), count, rate); });
    using Misbehave = void (*)(const hostile::Target&, hostile::Deeds&);
    const auto add_hostile = [&](const char* name, const char* what, Misbehave misbehave) {
        app.add_subcommand(name, what)->callback([&url, misbehave] {
            tell_of(
                [target = target_of(url), misbehave](auto& deeds) { misbehave(target, deeds); });
        });
    };
    using MisbehaveOften = void (*)(const hostile::Target&, std::size_t, hostile::Deeds&);
    const auto add_many = [&](const char* name, const char* what, std::size_t usual,
                              MisbehaveOften misbehave) {
        auto& one = *app.add_subcommand(name, what);
        auto& many = *counts.emplace_back(std::make_unique<std::size_t>(usual));
        one.add_option("--count", many, "connections")->capture_default_str();
        one.callback([&url, &many, misbehave] {
            tell_of([target = target_of(url), count = many, misbehave](auto& deeds) {
                misbehave(target, count, deeds);
            });
        });
    };
    add_many("never-reads", "ask, and never read", 1, hostile::never_read);
    add_many("drip", "half a handshake or half a frame, a byte at a time", 100, hostile::drip);
    add_many("silent", "connect, and say nothing", 20, hostile::connect_and_say_nothing);
    add_hostile("byte-a-second", "ask, and read a byte a second", hostile::read_a_byte_a_second);
    add_hostile("opens", "open channels without end", hostile::open_without_end);
    CLI11_PARSE(app, argc, argv);
    return exit_code;
} catch (const std::exception& error) {
    static_cast<void>(std::fprintf(stderr, "hostile_peers: %s\n", error.what()));
    return EXIT_FAILURE;
}
