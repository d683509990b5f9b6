#include "gateway/problem_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace gateway {
namespace {

using namespace std::chrono_literals;
using Problem = service::Problems::Problem;
using Severity = service::Problems::Severity;

// A batch is answered within milliseconds; a worker that waits for something has a second to get
// it.
constexpr auto unanswered_after = 1500ms;
// Where no age is configured after which miners are sent away.
constexpr auto template_old_after = 5min;

double seconds(base::SteadyTime::duration duration) {
    return std::chrono::duration<double>(duration).count();
}

std::string_view text_of(bus::WaitsFor waits_for) {
    switch (waits_for) {
        case bus::WaitsFor::ledger: return "the ledger";
        case bus::WaitsFor::templates: return "a template";
        case bus::WaitsFor::solution: return "a template replica to store a block";
    }
    return "";
}

std::string text_of(const bus::Dispatcher::HeldBy& holder, base::SteadyTime now) {
    const auto id = holder.worker.value;
    if (holder.is_lost)
        return fmt::format("worker {} had it and is gone, or has been silent for {:.1f} s", id,
                           seconds(now - holder.last_heard));
    if (holder.waits_for)
        return fmt::format("worker {} waits for {}", id, text_of(*holder.waits_for));
    return fmt::format("worker {} has it, last heard of {:.1f} s ago", id,
                       seconds(now - holder.last_heard));
}

void watch_partitions(service::Problems& problems, const WatchedParts& parts) {
    problems.on_look([&problems, &clock = parts.clock, dispatcher = parts.dispatcher] {
        const auto* bus = dispatcher();
        if (bus == nullptr) return;
        const auto now = clock.steady_now();
        problems.show(
            "no-worker", Severity::critical,
            bus->workers() != 0
                ? std::nullopt
                : std::optional<std::string>{
                      "No channel-manager is connected to the bus of this gateway: shares "
                      "wait, and no channel opens; see whether they run, and whether "
                      "their [gateways] name this one"});
        std::vector<Problem> found;
        for (const auto& unanswered : bus->unanswered(now - unanswered_after)) {
            const auto waited =
                std::chrono::duration_cast<std::chrono::microseconds>(now - unanswered.since);
            found.push_back(
                {.id = fmt::format("partition-unanswered:{}", unanswered.partition.value),
                 .severity = Severity::critical,
                 .text = partition_text(unanswered, bus->is_full(unanswered.partition), now),
                 .since = clock.unix_now() - waited});
        }
        problems.show_group("partition-unanswered:", found);
    });
}

void watch_templates(service::Problems& problems, const WatchedParts& parts) {
    problems.on_look([&problems, &templates = parts.templates, &config = parts.config,
                      &clock = parts.clock, template_at = parts.template_at] {
        std::string replicas;
        for (const auto& replica : config.template_replicas)
            replicas += (replicas.empty() ? "" : ", ") + service::to_string(replica);
        const auto at = template_at();
        const auto age = at ? clock.steady_now() - *at : base::SteadyTime::duration{};
        const auto age_max = config.template_age_max;
        if (templates.replicas_in_sync() == 0)
            problems.raise(
                "no-template-replica", Severity::warning,
                fmt::format("No template replica can be reached ({}): {}", replicas,
                            at ? "miners go on with the last template" : "miners are not let in"));
        else
            problems.clear("no-template-replica");
        if (at && age > (age_max.count() != 0 ? age_max / 2 : template_old_after))
            problems.raise(
                "old-template",
                age_max.count() != 0 && age > age_max ? Severity::critical : Severity::warning,
                fmt::format("The newest template is {:.0f} s old: {}; see what {} {}", seconds(age),
                            age_max.count() == 0 ? "miners go on with it"
                            : age > age_max
                                ? "miners have been sent away"
                                : fmt::format("at {} s miners are sent away", age_max / 1s),
                            replicas, "make of their nodes (aditctl nodes)"));
        else
            problems.clear("old-template");
    });
}

std::string text_of(const Connection& connection, base::SteadyTime now, const Config& config) {
    const auto& peer = connection.peer();
    const auto* session = connection.session();
    const auto identity = session == nullptr ? std::string_view{} : session->user_identity();
    const auto unsent = connection.send_queue().waiting_since();
    return fmt::format(
        "Connection {} of {}{} takes nothing: {} bytes wait for it{}; the miner or the way to it "
        "stands still{}",
        connection.id().value, service::to_string({base::to_string(peer.address), peer.port}),
        identity.empty() ? "" : fmt::format(" (\"{}\")", identity), connection.unsent(),
        unsent ? fmt::format(" for {:.0f} s", seconds(now - *unsent)) : ", more in the kernel",
        unsent ? fmt::format("; it is closed after {} s",
                             config.limits.deadlines.write_stall_deadline / 1s)
               : "");
}

void watch_miners(service::Problems& problems, const WatchedParts& parts) {
    problems.on_look([&problems, &front = parts.front, &config = parts.config,
                      &clock = parts.clock] {
        const auto now = clock.steady_now();
        std::vector<Problem> found;
        for (const auto& [since, id] : front.stuck()) {
            const auto* connection = front.find(id);
            if (connection == nullptr) continue;
            const auto waited = std::chrono::duration_cast<std::chrono::microseconds>(now - since);
            found.push_back({.id = fmt::format("slow-reader:{}", id.value),
                             .severity = Severity::warning,
                             .text = text_of(*connection, now, config),
                             .since = clock.unix_now() - waited});
        }
        problems.show_group("slow-reader:", found);
    });
}

}  // namespace

std::string partition_text(const bus::Dispatcher::Unanswered& unanswered, bool is_full,
                           base::SteadyTime now) {
    auto text = fmt::format(
        "Partition {}: {} shares and {} opens or closes have had no answer for {:.1f} s",
        unanswered.partition.value, unanswered.shares, unanswered.events,
        seconds(now - unanswered.since));
    if (unanswered.sequence == 0)
        text += ", no worker has room for them";
    else
        text += fmt::format(", as batch {}", unanswered.sequence);
    if (unanswered.sequence != 0 && unanswered.held_by.empty()) text += ", which no worker has";
    for (const auto& holder : unanswered.held_by) text += "; " + text_of(holder, now);
    if (is_full) text += "; the partition is full, so its miners are not read";
    return text;
}

void watch_problems(service::Problems& problems, const WatchedParts& parts) {
    watch_partitions(problems, parts);
    watch_templates(problems, parts);
    watch_miners(problems, parts);
}

}  // namespace gateway
