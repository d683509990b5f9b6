#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
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
#include "miner/quantity.h"

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

auditor::Journal read_journals(const std::vector<std::string>& files, Progress& progress) {
    auditor::Journal journal;
    std::size_t shares = 0;
    for (const auto& file : files) {
        std::ifstream lines{file};
        if (!lines) throw std::runtime_error("cannot read " + file);
        auto one = auditor::read_journal(lines, file);
        for (auto& channel : one.channels) {
            shares += channel.shares.size();
            journal.channels.push_back(std::move(channel));
        }
        for (auto& connection : one.sv1) {
            shares += connection.shares.size();
            journal.sv1.push_back(std::move(connection));
        }
        progress("shares read from journals", shares);
    }
    return journal;
}

void print(const auditor::Sv1Report& sv1) {
    if (sv1.connections == 0) return;
    fmt::print("SV1 journals: {} connections, {} shares: {} accepted, {} rejected, {} unknown\n",
               sv1.connections, sv1.submitted, sv1.accepted, sv1.rejected, sv1.unknown);
    fmt::print(
        "  of the accepted: {} easier than the ledger's target for their job, {} easier than "
        "any of their channel, {} may have been told without the pool and are not in the "
        "ledger\n",
        sv1.is_short, sv1.is_short_by_channel, sv1.told_locally);
    if (sv1.credited_unheard != 0)
        fmt::print("  of the rejected: {} may have been told without the pool and are credited\n",
                   sv1.credited_unheard);
}

/// "FROM-TO".
std::pair<std::int64_t, std::int64_t> read_times(const std::string& text) {
    std::pair<std::int64_t, std::int64_t> times;
    const auto* end = text.data() + text.size();
    const auto from = std::from_chars(text.data(), end, times.first);
    if (from.ec == std::errc{} && from.ptr != end && *from.ptr == '-') {
        const auto to = std::from_chars(from.ptr + 1, end, times.second);
        if (to.ec == std::errc{} && to.ptr == end && times.first <= times.second) return times;
    }
    throw std::runtime_error("--unserved " + text + ": want FROM-TO in microseconds of unix time");
}

auditor::LocalAnswers read_local_answers(const std::string& after,
                                         const std::vector<std::string>& unserved) {
    auditor::LocalAnswers local;
    if (!after.empty()) {
        const auto time = miner::parse_duration(after);
        if (!time) throw std::runtime_error("--answer-within " + after + " is no duration");
        local.after_us = std::chrono::microseconds{*time}.count();
    }
    for (const auto& text : unserved) local.times_us.push_back(read_times(text));
    return local;
}

int run(const redis_session::Options& redis, const std::vector<std::string>& files,
        auditor::LocalAnswers local_answers) {
    redis_session::check(redis);  // before hours of journals are read
    Progress progress;
    auto journal = read_journals(files, progress);
    auditor::Audit audit{std::move(journal.channels),
                         auditor::Sv1Audit{std::move(journal.sv1), std::move(local_answers)}};
    const auto warnings = auditor::read_ledger(redis, audit, [&progress](std::size_t records) {
        progress("records read from the log", records);
    });
    const auto report = audit.finish();
    for (const auto& [invariant, what] : report.violations) fmt::print("{} {}\n", invariant, what);
    for (const auto& warning : warnings) fmt::print("warning: {}\n", warning);
    fmt::print("journals: {} channels, {} shares: {} acknowledged, {} rejected, {} unknown\n",
               report.channels, report.submitted, report.acknowledged, report.rejected,
               report.unknown);
    print(report.sv1);
    fmt::print("ledger: {} shares, {} credited\n", report.ledger_shares, report.ledger_credited);
    if (!report.violations.empty()) {
        fmt::print("adit-auditor: FAILED, {} violations\n", report.violations.size());
        return EXIT_FAILURE;
    }
    fmt::print("adit-auditor: ok, I1 I2 I3 I4 I5 I7 hold for {} shares\n",
               report.submitted + report.sv1.submitted);
    return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) try {
    CLI::App app{"Compares miners' journals with the pool's ledger, once the miners have ended."};
    app.set_version_flag("--version", "adit-auditor 0.1.0");
    redis_session::Options redis;
    std::vector<std::string> files;
    std::string answer_within;
    std::vector<std::string> unserved;
    redis_session::add_options(app, redis);
    app.add_option("--journal", files, "the journals of all miners of this ledger")->required();
    app.add_option("--answer-within", answer_within,
                   "What a translator's miners.answer_within is: an SV1 share that was answered "
                   "later may not be in the ledger");
    app.add_option("--unserved", unserved,
                   "FROM-TO, in microseconds of unix time: a translator was without its pool, and "
                   "answered by itself; may be given again")
        ->allow_extra_args(false);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    return run(redis, files, read_local_answers(answer_within, unserved));
} catch (const std::exception& error) {
    fmt::print("adit-auditor: FAILED, {}\n", error.what());
    return EXIT_FAILURE;
}
