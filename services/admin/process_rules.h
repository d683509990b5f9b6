#pragma once

#include <string>
#include <vector>

#include "admin/finding.h"
#include "admin/fleet.h"

namespace admin {

/// What is wrong with one process. Pure.
void judge_process(const Fleet::Member& member, Moment now, Findings& findings);

/// That no replica of the template service leads, or more than one does for long. Pure.
void judge_leaders(const std::vector<Fleet::Member>& members, Findings& findings);

/// It has not answered for so long that judge_process() has a finding.
bool is_known_silent(const Fleet::Member& member, Moment now);

/// With everything but the text.
Finding finding_of(const Fleet::Member& member, std::string kind, Severity severity);

}  // namespace admin
