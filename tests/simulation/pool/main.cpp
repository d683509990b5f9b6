#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <utility>

#include "simulation/pool/run.h"

namespace {

/// "FROM:TO", both included.
std::pair<std::uint64_t, std::uint64_t> parse_range(const std::string& text) {
    std::pair<std::uint64_t, std::uint64_t> range;
    const auto* end = text.data() + text.size();
    const auto from = std::from_chars(text.data(), end, range.first);
    if (from.ec == std::errc{} && from.ptr != end && *from.ptr == ':') {
        const auto to = std::from_chars(from.ptr + 1, end, range.second);
        if (to.ec == std::errc{} && to.ptr == end && range.first <= range.second) return range;
    }
    throw std::runtime_error("--seeds " + text + ": want FROM:TO, such as 1:300");
}

void print(const simulation::RunOptions& options, const simulation::RunResult& result) {
    for (const auto& line : result.last_lines) fmt::print("  {}\n", line);
    for (const auto& violation : result.violations)
        fmt::print("seed {}: {} violated: {}\n", options.seed, violation.invariant, violation.what);
    fmt::print("again, with all of its trace: pool_simulation --seed {} --for {} --trace\n",
               options.seed, options.trouble.count());
}

}  // namespace

int main(int argc, char** argv) try {
    CLI::App app{
        "Simulates a whole pool in virtual time, with faults by chance, and checks that its "
        "invariants hold. The same seed is the same run."};
    std::uint64_t seed = 1;
    std::string seeds;
    std::uint64_t seconds = 60;
    bool prints_trace = false;
    bool keeps_going = false;
    bool says_each = false;
    auto* one = app.add_option("--seed", seed, "the one run to do")->capture_default_str();
    app.add_option("--seeds", seeds, "FROM:TO, both included: a run of each")->excludes(one);
    app.add_option("--for", seconds, "seconds of pool time in which things go wrong")
        ->capture_default_str();
    app.add_flag("--trace", prints_trace, "print all that happens to stderr");
    app.add_flag("--keep-going", keeps_going, "run the other seeds after a failure too");
    app.add_flag("--progress", says_each, "print a line after each seed");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    spdlog::set_level(prints_trace ? spdlog::level::info : spdlog::level::off);
    const auto [first, last] = seeds.empty() ? std::pair{seed, seed} : parse_range(seeds);
    std::uint64_t failed = 0;
    for (auto number = first; number <= last; ++number) {
        const simulation::RunOptions options{
            .seed = number, .trouble = std::chrono::seconds{seconds}, .prints_trace = prints_trace};
        const auto result = simulation::run(options);
        if (says_each)
            fmt::print("seed {} {} {:016x} {} events\n", number,
                       result.violations.empty() ? "ok" : "FAILED", result.fingerprint,
                       result.events);
        if (!result.violations.empty()) {
            ++failed;
            print(options, result);
        }
        std::fflush(stdout);
        if (failed != 0 && !keeps_going) break;
    }
    if (failed != 0) {
        fmt::print("pool_simulation: FAILED\n");
        return EXIT_FAILURE;
    }
    fmt::print("pool_simulation: ok, {} seeds\n", last - first + 1);
    return EXIT_SUCCESS;
} catch (const std::exception& error) {
    fmt::print("pool_simulation: FAILED, {}\n", error.what());
    return EXIT_FAILURE;
}
