#include "admin/fleet_rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "admin/moments.h"
#include "admin/process_rules.h"

namespace admin {
namespace {

using namespace std::chrono_literals;
using proto::Problem;
using proto::Service;

// Who was stopped on purpose is not missed for ever.
constexpr std::chrono::minutes replicas_remembered{10};
// A start takes seconds, a rolling one hardly half a minute for each.
constexpr std::chrono::seconds replica_missed_after{30};
constexpr std::chrono::minutes gap_shown_for{10};
constexpr std::chrono::seconds unresolved_after{10};

}  // namespace

std::optional<double> sample_sum(const Service& service, std::string_view metric) {
    std::optional<double> sum;
    for (const auto& [series, value] : service.samples())
        if (series == metric || series.starts_with(std::string{metric} + "{"))
            sum = sum.value_or(0) + value;
    return sum;
}

void FleetRules::judge(const std::vector<Fleet::Member>& members,
                       const std::vector<Fleet::Unresolved>& unresolved, Moment now,
                       Findings& findings) {
    for (const auto& member : members) {
        if (member.row == nullptr) continue;
        judge_process(member, now, findings);
        judge_gaps(member, now, findings);
    }
    judge_leaders(members, findings);
    judge_counts(members, now, findings);
    for (const auto& [kind, name, since] : unresolved) {
        if (now.unix - since < unresolved_after) continue;
        findings.push_back(
            {.id = name_part(kind + "-" + name) + ":not-answering",
             .kind = "not-answering",
             .severity = Problem::SEVERITY_CRITICAL,
             .text = fmt::format("The name {} of a {} stands for no address: no process of it is "
                                 "known. Does the name server answer, and does any run?",
                                 name, kind),
             .service_kind = kind,
             .since = since});
    }
}

/// Fewer of a kind answer than did lately, and none of them is known to be stuck: they are gone.
void FleetRules::judge_counts(const std::vector<Fleet::Member>& members, Moment now,
                              Findings& findings) {
    std::map<std::string, std::size_t> answering;
    std::map<std::string, std::size_t> named;  // a problem of its own tells of it
    for (const auto& member : members) {
        if (member.row == nullptr) continue;
        const auto& kind = member.state->kind();
        answering[kind] += member.state->is_answering() ? 1U : 0U;
        named[kind] += is_known_silent(member, now) ? 1U : 0U;
    }
    for (auto& [kind, counts] : counts_) answering.try_emplace(kind, 0);
    for (const auto& [kind, count] : answering) {
        auto& counts = counts_[kind];
        counts.push_back({now.steady, count});
        while (now.steady - counts.front().at > replicas_remembered) counts.pop_front();
        const auto most = std::ranges::max(counts, {}, &Count::answering).answering;
        if (count + named[kind] >= most) continue;
        findings.push_back(
            {.id = name_part(kind) + ":replica-missing",
             .kind = "replica-missing",
             .severity = count == 0 ? Problem::SEVERITY_CRITICAL : Problem::SEVERITY_WARNING,
             .text =
                 fmt::format("{} of {} processes of the kind {} answer that did within the last "
                             "ten minutes. Were they stopped on purpose? Else look for them at "
                             "their supervisor.",
                             count, most, kind),
             .service_kind = kind,
             .raise_after = replica_missed_after});
    }
}

/// Counters that grow only when something was lost on the way.
void FleetRules::judge_gaps(const Fleet::Member& member, Moment now, Findings& findings) {
    const std::pair<const char*, const char*> metrics[] = {
        {"adit_vardiff_log_missed_bytes", "bytes of the share log that vardiff never read"},
        {"adit_vardiff_log_missed_bytes_total", "bytes of the share log that vardiff never read"},
        {"adit_vardiff_sums_missed_bytes_total",
         "bytes of the share log that are in nobody's sums"},
        {"adit_channel_manager_ledger_gaps_total",
         "batches that the ledger should have and has not"}};
    for (const auto& [metric, what] : metrics) {
        const auto value = sample_sum(*member.row, metric);
        if (!value) continue;
        const auto id = member.row->name() + metric;
        const auto [at, is_first] = grown_.try_emplace(id, Growth{*value, base::SteadyTime::min()});
        auto& growth = at->second;
        if (*value > growth.value) growth.grew_at = now.steady;
        growth.value = *value;
        if (growth.grew_at == base::SteadyTime::min() ||
            now.steady - growth.grew_at > gap_shown_for)
            continue;
        auto finding = finding_of(member, "log-gap", Problem::SEVERITY_CRITICAL);
        finding.id += fmt::format(":{}", metric);
        finding.text = fmt::format(
            "{}: {:.0f} {} ({}). Has Redis lost what it had acknowledged, or "
            "was a reader away for longer than the log is kept?",
            member.row->name(), *value, what, metric);
        findings.push_back(std::move(finding));
    }
}

}  // namespace admin
