#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "admin/finding.h"
#include "admin/fleet.h"

namespace admin {

/// What is wrong with processes: those that do not answer, stand still, are not ready, and what
/// they say themselves. Pure but for what it remembers of the looks before.
class FleetRules {
  public:
    void judge(const std::vector<Fleet::Member>& members,
               const std::vector<Fleet::Unresolved>& unresolved, Moment now, Findings& findings);

  private:
    struct Count {
        base::SteadyTime at{};
        std::size_t answering = 0;
    };
    struct Growth {
        double value = 0;
        base::SteadyTime grew_at = base::SteadyTime::min();
    };

    void judge_counts(const std::vector<Fleet::Member>& members, Moment now, Findings& findings);
    void judge_gaps(const Fleet::Member& member, Moment now, Findings& findings);

    std::map<std::string, std::deque<Count>> counts_{};
    std::map<std::string, Growth> grown_{};
};

/// The sum of all series of a metric; nothing where there is none.
std::optional<double> sample_sum(const proto::Service& service, std::string_view metric);

}  // namespace admin
