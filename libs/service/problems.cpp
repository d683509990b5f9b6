#include "service/problems.h"

#include <algorithm>

namespace service {
namespace {

constexpr Problems::Severity severities[] = {Problems::Severity::info, Problems::Severity::warning,
                                             Problems::Severity::critical};

}  // namespace

std::string_view severity_name(Problems::Severity severity) {
    switch (severity) {
        case Problems::Severity::info: return "info";
        case Problems::Severity::warning: return "warning";
        case Problems::Severity::critical: return "critical";
    }
    return "";
}

void Problems::raise(std::string_view id, Severity severity, std::string_view text,
                     std::optional<base::UnixMicros> since) {
    auto at = problems_.find(id);
    if (at == problems_.end())
        at = problems_
                 .emplace(std::string{id}, Problem{.id = std::string{id},
                                                   .since = since.value_or(clock_.unix_now())})
                 .first;
    auto& problem = at->second;
    problem.severity = severity;
    problem.text = text;
    if (since) problem.since = *since;
}

void Problems::clear(std::string_view id) {
    if (const auto at = problems_.find(id); at != problems_.end()) problems_.erase(at);
}

void Problems::show(std::string_view id, Severity severity,
                    const std::optional<std::string>& text) {
    if (text)
        raise(id, severity, *text);
    else
        clear(id);
}

void Problems::show_group(std::string_view prefix, const std::vector<Problem>& problems) {
    for (auto at = problems_.lower_bound(prefix);
         at != problems_.end() && at->first.starts_with(prefix);) {
        const bool is_over = std::ranges::none_of(
            problems, [&](const auto& problem) { return problem.id == at->first; });
        at = is_over ? problems_.erase(at) : std::next(at);
    }
    for (const auto& problem : problems)
        raise(problem.id, problem.severity, problem.text,
              problem.since == base::UnixMicros{} ? std::nullopt : std::optional{problem.since});
}

std::vector<Problems::Problem> Problems::all() const {
    std::vector<Problem> all;
    for (const auto& [id, problem] : problems_) all.push_back(problem);
    return all;
}

void Problems::export_to(Registry& metrics) const {
    auto& count = metrics.gauges("adit_problems",
                                 "What is wrong right now, as aditctl and the console tell it.",
                                 {"severity"});
    metrics.on_collect([this, &count] {
        for (const auto severity : severities)
            count.with({std::string{severity_name(severity)}})
                .set(static_cast<double>(
                    std::ranges::count_if(problems_, [severity](const auto& problem) {
                        return problem.second.severity == severity;
                    })));
    });
}

}  // namespace service
