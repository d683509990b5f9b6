#pragma once

#include <optional>

#include "admin/finding.h"
#include "admin/process_state.h"
#include "admin/view.h"

namespace admin {

/// What is known of the templates that are handed out.
struct TemplateAge {
    bool is_followed = false;  ///< replicas of the template service are configured
    base::SteadyTime followed_since{};
    std::optional<base::SteadyTime> last{};
};

/// What is wrong with nodes, templates and blocks. Pure.
void judge_chain(const View& view, const TemplateAge& templates, Moment now, Findings& findings);

}  // namespace admin
