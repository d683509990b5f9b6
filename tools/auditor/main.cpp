#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include "auditor/audit.h"
#include "auditor/journal_reader.h"
#include "auditor/ledger_reader.h"

namespace {

int run(const std::string& redis, const std::vector<std::string>& files) {
    const auto address = redis::parse_address(redis);
    if (!address) throw std::runtime_error(redis + " is neither host:port nor unix:/path");
    std::vector<auditor::JournalChannel> journal;
    for (const auto& file : files) {
        std::ifstream lines{file};
        if (!lines) throw std::runtime_error("cannot read " + file);
        auto channels = auditor::read_journal(lines, file);
        journal.insert(journal.end(), channels.begin(), channels.end());
    }
    const auto report = auditor::audit(journal, auditor::read_ledger(*address));
    for (const auto& [invariant, what] : report.violations) fmt::print("{} {}\n", invariant, what);
    fmt::print("journals: {} channels, {} shares: {} acknowledged, {} rejected, {} unknown\n",
               report.channels, report.submitted, report.acknowledged, report.rejected,
               report.unknown);
    fmt::print("ledger: {} shares, {} credited\n", report.ledger_shares, report.ledger_credited);
    if (!report.violations.empty()) {
        fmt::print("adit-auditor: FAILED, {} violations\n", report.violations.size());
        return EXIT_FAILURE;
    }
    fmt::print("adit-auditor: ok, I1 I2 I3 I4 I7 hold for {} shares\n", report.submitted);
    return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) try {
    CLI::App app{"Compares miners' journals with the pool's ledger, once the miners have ended."};
    app.set_version_flag("--version", "adit-auditor 0.1.0");
    std::string redis = "127.0.0.1:6379";
    std::vector<std::string> files;
    app.add_option("--redis", redis, "host:port or unix:/path")->capture_default_str();
    app.add_option("--journal", files, "the journals of all miners of this ledger")->required();
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    return run(redis, files);
} catch (const std::exception& error) {
    fmt::print("adit-auditor: FAILED, {}\n", error.what());
    return EXIT_FAILURE;
}
