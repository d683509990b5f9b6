#include "admin/problem_book.h"

#include <utility>

#include "admin/moments.h"
#include "base/log.h"

namespace admin {

using proto::Problem;

void ProblemBook::update(const Findings& findings, Moment now) {
    for (const auto& finding : findings) {
        auto [at, is_new] = entries_.try_emplace(finding.id);
        auto& entry = at->second;
        if (is_new) entry.first_seen = now;
        entry.last_seen = now.steady;
        entry.last = finding;
        if (now.steady - entry.first_seen.steady >= finding.raise_after) show(entry);
    }
    for (auto at = entries_.begin(); at != entries_.end();) {
        const auto& entry = at->second;
        const auto unseen = now.steady - entry.last_seen;
        // What was not raised yet begins anew when it is seen again.
        if (unseen == unseen.zero() || (entry.is_raised && unseen < entry.last.clear_after)) {
            ++at;
            continue;
        }
        if (entry.is_raised) {
            base::log_info("problem is over", {{"problem", at->first}});
            view_.problems.erase("problems/" + at->first);
        }
        at = entries_.erase(at);
    }
    std::uint32_t critical = 0;
    std::uint32_t warning = 0;
    for (const auto& [id, entry] : entries_) {
        if (!entry.is_raised) continue;
        critical += entry.last.severity == Problem::SEVERITY_CRITICAL ? 1 : 0;
        warning += entry.last.severity == Problem::SEVERITY_WARNING ? 1 : 0;
    }
    view_.pool.set_problems_critical(critical);
    view_.pool.set_problems_warning(warning);
}

void ProblemBook::show(Entry& entry) {
    const auto& finding = entry.last;
    if (!std::exchange(entry.is_raised, true)) {
        entry.since = finding.since.value_or(entry.first_seen.unix);
        base::log_warning("problem", {{"problem", finding.id}, {"text", finding.text}});
    }
    Problem row;
    row.set_name("problems/" + finding.id);
    row.set_severity(finding.severity);
    row.set_text(finding.text);
    *row.mutable_start_time() = to_timestamp(entry.since);
    row.set_service(finding.service);
    row.set_subject(finding.subject);
    row.set_kind(finding.kind);
    row.set_runbook("docs/problems.md#" + finding.kind);
    view_.problems.upsert(std::move(row));
}

}  // namespace admin
