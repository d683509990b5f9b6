#pragma once

#include <chrono>
#include <optional>

#include "base/clock.h"

namespace templates {

/// By how much a node's clock is ahead of ours, from what its answers tell in whole seconds. A
/// second more or less is the rounding of both, so it changes only by more. Pure state.
class NodeClock {
  public:
    /// The time of a template is the node's, with whatever it takes for its clock.
    void on_template(std::chrono::sys_seconds node, base::UnixMicros now) {
        is_of_template_ = true;
        take(node, now);
    }
    /// The template's time is the earliest that consensus allows: the clock is not above it.
    void on_template_at_its_earliest() { is_of_template_ = false; }
    /// The time of an HTTP answer is the machine's, which may be another; the template's is what
    /// blocks are judged by.
    void on_date(std::chrono::sys_seconds node, base::UnixMicros now) {
        if (!is_of_template_) take(node, now);
    }

    std::optional<std::chrono::seconds> offset() const { return offset_; }
    /// The node's clock at that moment of ours; ours where it is not known.
    std::chrono::sys_seconds at(base::UnixMicros now) const {
        return std::chrono::floor<std::chrono::seconds>(now) +
               offset_.value_or(std::chrono::seconds{0});
    }

  private:
    void take(std::chrono::sys_seconds node, base::UnixMicros now) {
        const auto found = node - std::chrono::floor<std::chrono::seconds>(now);
        const auto known = offset_.value_or(std::chrono::seconds{0});
        if (!offset_ || std::chrono::abs(found - known) > std::chrono::seconds{1})
            offset_ =
                std::chrono::abs(found) > std::chrono::seconds{1} ? found : std::chrono::seconds{0};
    }

    std::optional<std::chrono::seconds> offset_{};
    bool is_of_template_ = false;
};

}  // namespace templates
