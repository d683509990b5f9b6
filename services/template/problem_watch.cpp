#include "template/problem_watch.h"

#include <fmt/format.h>

namespace templates {
namespace {

using namespace std::chrono_literals;
using Problem = service::Problems::Problem;
using Severity = service::Problems::Severity;

// A node that is well takes a block within a second.
constexpr auto undelivered_after = 2s;
// A lease is handed over, or runs out and is taken, within a second and a half.
constexpr auto leaderless_after = 3s;
// Renewed four times in its length: so many lengths without Redis' word are no accident.
constexpr int unconfirmed_lengths = 2;

std::string seconds(std::chrono::nanoseconds duration) {
    return fmt::format("{:.1f} s", std::chrono::duration<double>(duration).count());
}

void watch_nodes(service::Problems& problems, const NodeWatch& watch) {
    problems.on_look([&problems, &watch] {
        std::vector<Problem> found;
        bool has_usable = false;
        for (NodeIndex i = 0; i < watch.nodes().size(); ++i)
            has_usable = has_usable || watch.health(i).verdict != Verdict::refused;
        for (NodeIndex i = 0; i < watch.nodes().size(); ++i) {
            const auto& health = watch.health(i);
            if (health.verdict == Verdict::usable) continue;
            const auto name = watch.nodes().name(i);
            const bool is_refused = health.verdict == Verdict::refused;
            found.push_back(
                {.id = fmt::format("node-{}:{}", verdict_name(health.verdict), name),
                 .severity = is_refused && !has_usable ? Severity::critical : Severity::warning,
                 .text = fmt::format("Node {} at {} is {}: {}", name, watch.nodes().address(i),
                                     is_refused ? "not used" : "poor", health.reason)});
        }
        problems.show_group("node-", found);
    });
}

void watch_lease(service::Problems& problems, const WatchedParts& parts) {
    problems.on_look([&problems, &clock = parts.clock, &lease = parts.lease,
                      is_able = parts.is_able] {
        const auto now = clock.steady_now();
        const auto standing = lease.standing();
        const auto leaderless_for = now - standing.other_seen_at;
        problems.show(
            "no-leader", Severity::critical,
            standing.is_leading || !is_able() || leaderless_for < leaderless_after
                ? std::nullopt
                : std::optional{fmt::format(
                      "No template replica is known to lead for {}{}: work goes on without new "
                      "templates",
                      seconds(leaderless_for),
                      standing.is_unanswered ? ", since Redis does not answer for the lease"
                                             : "")});
        problems.show("lease-unconfirmed", Severity::warning,
                      !standing.is_leading || !standing.confirmed_at ||
                              now - *standing.confirmed_at < unconfirmed_lengths * lease.length()
                          ? std::nullopt
                          : std::optional{fmt::format(
                                "This replica leads, but Redis has not confirmed it for {}: "
                                "no other could take over",
                                seconds(now - *standing.confirmed_at))});
    });
}

void watch_blocks(service::Problems& problems, const WatchedParts& parts) {
    problems.on_look([&problems, &clock = parts.clock, &spool = parts.spool] {
        const auto now = clock.unix_now();
        std::vector<Problem> found;
        for (const auto* entry : spool.solutions().undelivered_entries()) {
            const auto waited = now - entry->block.found_at;
            if (waited < undelivered_after) continue;
            std::string nodes;
            for (const auto& [name, delivery] : entry->state.nodes)
                nodes += fmt::format("{}{}: {}{}{}", nodes.empty() ? "" : "; ", name,
                                     name_of(delivery.kind), delivery.reason.empty() ? "" : ", ",
                                     delivery.reason);
            const auto hash = entry->block.hash.value.to_be_hex();
            found.push_back(
                {.id = "block-undelivered:" + hash,
                 .severity = Severity::critical,
                 .text = fmt::format("No node has taken the solved block {} at height {}, "
                                     "found {} ago ({})",
                                     hash, entry->block.height, seconds(waited), nodes),
                 .since = entry->block.found_at});
        }
        problems.show_group("block-undelivered:", found);
    });
}

}  // namespace

void watch_problems(service::Problems& problems, const WatchedParts& parts) {
    watch_nodes(problems, parts.nodes);
    watch_lease(problems, parts);
    watch_blocks(problems, parts);
}

}  // namespace templates
