#pragma once

#include <map>
#include <string>

#include "admin/finding.h"
#include "admin/process_state.h"
#include "admin/view.h"

namespace admin {

/// Makes problems of what is found at each look: one is there from when it was seen for
/// `raise_after` on, until it was not seen for `clear_after`. The one source of View::problems.
class ProblemBook {
  public:
    explicit ProblemBook(View& view) : view_(view) {}

    /// One look: all that is found now.
    void update(const Findings& findings, Moment now);

  private:
    struct Entry {
        Finding last{};
        Moment first_seen{};
        base::SteadyTime last_seen{};
        base::UnixMicros since{};
        bool is_raised = false;
    };

    void show(Entry& entry);

    View& view_;
    std::map<std::string, Entry> entries_{};
};

}  // namespace admin
