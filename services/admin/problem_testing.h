#pragma once

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "admin/finding.h"
#include "admin/view.h"

namespace admin {

inline std::vector<std::string> kinds_of(const Findings& findings) {
    std::vector<std::string> kinds;
    for (const auto& finding : findings) kinds.push_back(finding.kind);
    return kinds;
}

inline std::vector<std::string> problem_names(const View& view) {
    std::vector<std::string> names;
    view.problems.for_each([&](const auto& problem) { names.push_back(problem.name()); });
    return names;
}

}  // namespace admin
