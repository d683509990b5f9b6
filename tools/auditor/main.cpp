#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <utility>

#include "auditor/audit.h"
#include "auditor/journal_reader.h"
#include "auditor/ledger_reader.h"
#include "base/clock.h"

namespace {

/// Says every few seconds how far it is: a million shares take a while.
class Progress {
  public:
    void operator()(std::string_view what, std::size_t count) {
        const auto now = clock_.steady_now();
        if (now - last_ < std::chrono::seconds{2}) return;
        last_ = now;
        fmt::print(stderr, "adit-auditor: {} {}\n", count, what);
    }

  private:
    base::SystemClock clock_{};
    base::SteadyTime last_ = clock_.steady_now();
};

std::vector<auditor::JournalChannel> read_journals(const std::vector<std::string>& files,
                                                   Progress& progress) {
    std::vector<auditor::JournalChannel> journal;
    std::size_t shares = 0;
    for (const auto& file : files) {
        std::ifstream lines{file};
        if (!lines) throw std::runtime_error("cannot read " + file);
        for (auto& channel : auditor::read_journal(lines, file)) {
            shares += channel.shares.size();
            journal.push_back(std::move(channel));
        }
        progress("shares read from journals", shares);
    }
    return journal;
}

int run(const std::string& redis, const std::vector<std::string>& files) {
    const auto address = redis::parse_address(redis);
    if (!address) throw std::runtime_error(redis + " is neither host:port nor unix:/path");
    Progress progress;
    auditor::Audit audit{read_journals(files, progress)};
    const auto warnings = auditor::read_ledger(*address, audit, [&progress](std::size_t records) {
        progress("records read from the log", records);
    });
    const auto report = audit.finish();
    for (const auto& [invariant, what] : report.violations) fmt::print("{} {}\n", invariant, what);
    for (const auto& warning : warnings) fmt::print("warning: {}\n", warning);
    fmt::print("journals: {} channels, {} shares: {} acknowledged, {} rejected, {} unknown\n",
               report.channels, report.submitted, report.acknowledged, report.rejected,
               report.unknown);
    fmt::print("ledger: {} shares, {} credited\n", report.ledger_shares, report.ledger_credited);
    if (!report.violations.empty()) {
        fmt::print("adit-auditor: FAILED, {} violations\n", report.violations.size());
        return EXIT_FAILURE;
    }
    fmt::print("adit-auditor: ok, I1 I2 I3 I4 I5 I7 hold for {} shares\n", report.submitted);
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
