#include "channel-manager/problem_watch.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "service/name_watch.h"

namespace channel_manager {
namespace {

using namespace std::chrono_literals;
using Problem = service::Problems::Problem;
using Severity = service::Problems::Severity;

// A batch takes milliseconds.
constexpr auto wait_max = 1500ms;

std::string_view text_of(ledger::LedgerError error) {
    switch (error) {
        case ledger::LedgerError::reaped: return "its gateway was taken for dead";
        case ledger::LedgerError::old: return "a later batch was committed";
        case ledger::LedgerError::full: return "Redis or the share log is full";
        case ledger::LedgerError::not_replicated:
            return "too few of Redis' replicas confirm what was written (WAIT)";
        case ledger::LedgerError::unavailable: return "Redis is away or failed";
    }
    return "";
}

struct Kind {
    bus::WaitsFor waits_for;
    const char* id;
    Severity severity;
    const char* text;
};
constexpr Kind kinds[] = {
    {bus::WaitsFor::ledger, "commits-unanswered", Severity::critical,
     "for the ledger to take them: no share in them is acknowledged"},
    {bus::WaitsFor::templates, "templates-missing", Severity::warning,
     "for a template that no replica has given: their shares cannot be judged"},
    {bus::WaitsFor::solution, "solution-unanswered", Severity::critical,
     "for a template replica to confirm that it has stored a solved block"},
};

void watch_batches(service::Problems& problems, const WatchedParts& parts) {
    problems.on_look([&problems, &clock = parts.clock, get = parts.worker] {
        const auto* worker = get();
        if (worker == nullptr) return;
        const auto now = clock.steady_now();
        for (const auto& [waits_for, id, severity, text] : kinds) {
            const auto queue = worker->queue(waits_for);
            const auto waited = now - queue.oldest;
            if (queue.depth == 0 || waited < wait_max) {
                problems.clear(id);
                continue;
            }
            problems.raise(
                id, severity,
                fmt::format("{} batches wait {}; batch {} of partition {} of gateway {} for {:.1f} "
                            "s{}{}",
                            queue.depth, text, queue.sequence, queue.partition.value,
                            queue.gateway.value, std::chrono::duration<double>(waited).count(),
                            queue.refusal ? ", since " : "",
                            queue.refusal ? text_of(*queue.refusal) : ""),
                clock.unix_now() - std::chrono::duration_cast<std::chrono::microseconds>(waited));
        }
    });
}

void watch_ledger(service::Problems& problems, const WatchedParts& parts) {
    problems.on_look([&problems, get = parts.worker] {
        const auto* worker = get();
        if (worker == nullptr) return;
        const auto short_of = worker->refused(ledger::LedgerError::not_replicated);
        problems.show("wait-shortfall", Severity::critical,
                      short_of == 0
                          ? std::nullopt
                          : std::optional{fmt::format(
                                "{} batches are written, but {}: they are not acknowledged until "
                                "as many do as [redis] replicas asks for; look at the replicas",
                                short_of, text_of(ledger::LedgerError::not_replicated))});
        const auto full = worker->refused(ledger::LedgerError::full);
        problems.show(
            "ledger-full", Severity::critical,
            full == 0 ? std::nullopt
                      : std::optional{fmt::format(
                            "The ledger refuses {} batches for want of room: Redis is at its "
                            "maxmemory, or a required reader of the share log is too far behind "
                            "(aditctl log readers)",
                            full)});
    });
    problems.on_look([&problems, get = parts.ledger, max = parts.log_bytes_max] {
        const auto* ledger = get();
        if (ledger == nullptr) return;
        std::vector<Problem> found;
        for (const auto& [partition, log] : ledger->logs()) {
            if (log.slowest_reader.empty() || log.bytes < max / 2) continue;
            found.push_back(
                {.id = fmt::format("share-log:{}", partition),
                 .severity = log.bytes < max / 10 * 9 ? Severity::warning : Severity::critical,
                 .text =
                     fmt::format("The share log of partition {} holds {} MiB of at most {} MiB, "
                                 "since its reader \"{}\" is behind; at the bound nothing is "
                                 "acknowledged any more",
                                 partition, log.bytes >> 20U, max >> 20U, log.slowest_reader)});
        }
        problems.show_group("share-log:", found);
    });
}

void watch_templates(service::Problems& problems, const WatchedParts& parts) {
    problems.on_look([&problems, &templates = parts.templates,
                      replicas = fmt::format(
                          "{}", fmt::join(service::texts(parts.template_replicas), ", "))] {
        problems.show("no-template-replica", Severity::warning,
                      templates.replicas_in_sync() != 0
                          ? std::nullopt
                          : std::optional{fmt::format(
                                "No template replica can be reached ({}): shares of new templates "
                                "cannot be judged, and solved blocks wait",
                                replicas)});
    });
}

}  // namespace

void watch_problems(service::Problems& problems, const WatchedParts& parts) {
    watch_batches(problems, parts);
    watch_ledger(problems, parts);
    watch_templates(problems, parts);
}

}  // namespace channel_manager
