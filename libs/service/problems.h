#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "service/metrics.h"

namespace service {

/// What is wrong in this process right now, for an operator: each problem is there for as long as
/// it lasts, and no longer. Parts raise and clear theirs; who asks gets them all. Nothing is logged
/// here, for the part that knows has a line for it. Owned by the chassis; the loop's alone.
class Problems {
  public:
    enum class Severity { info, warning, critical };

    struct Problem {
        /// Stable while it lasts, unique within the process: "node-refused:core-1".
        std::string id{};
        Severity severity = Severity::warning;
        /// What is stuck or wrong, where, and what to do: a sentence.
        std::string text{};
        base::UnixMicros since{};
    };

    explicit Problems(const base::Clock& clock) : clock_(clock) {}
    Problems(const Problems&) = delete;
    Problems& operator=(const Problems&) = delete;

    /// Raised again it keeps its beginning, and takes the new text and severity. `since` when the
    /// part knows better than now.
    void raise(std::string_view id, Severity severity, std::string_view text,
               std::optional<base::UnixMicros> since = std::nullopt);
    void clear(std::string_view id);
    /// Raised with `text`, or cleared where there is none.
    void show(std::string_view id, Severity severity, const std::optional<std::string>& text);

    /// The whole of a group, whose ids begin with `prefix`: those that are not in it any more are
    /// cleared. A `since` of zero is when the problem was first in the group.
    void show_group(std::string_view prefix, const std::vector<Problem>& problems);

    /// What has no event of its own is looked for: `look` is called by every look(), which the
    /// chassis does twice a second. It outlives the registry.
    void on_look(std::function<void()> look) { looks_.push_back(std::move(look)); }
    void look() const {
        for (const auto& one : looks_) one();
    }

    /// In the order of ids.
    std::vector<Problem> all() const;

    /// `adit_problems{severity}`.
    void export_to(Registry& metrics) const;

  private:
    const base::Clock& clock_;
    std::map<std::string, Problem, std::less<>> problems_{};
    std::vector<std::function<void()>> looks_{};
};

std::string_view severity_name(Problems::Severity severity);

}  // namespace service
