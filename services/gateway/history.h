#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace gateway {

/// Counts what happens on one connection, so that "before" and "after" are plain comparisons.
using Moment = std::uint64_t;

/// What something was at each moment that a job may still ask about.
template <class T>
class History {
  public:
    History(Moment since, T first) : changes_{{since, std::move(first)}} {}

    const T& current() const { return changes_.back().value; }

    /// What was in force at `when`; the first one for moments before it.
    const T& at(Moment when) const {
        // From the end: nearly every question is about the latest change.
        for (auto change = changes_.rbegin(); change != changes_.rend(); ++change)
            if (change->since <= when) return change->value;
        return changes_.front().value;
    }

    void change(Moment when, T to) { changes_.push_back({when, std::move(to)}); }

    /// Nobody will ask about moments before this any more.
    void forget_before(Moment when) {
        if (changes_.size() == 1) return;
        // The last change before it stays: it is what was in force then.
        const auto first_after = std::ranges::find_if(
            changes_, [&](const Change& change) { return change.since > when; });
        if (first_after - changes_.begin() > 1) changes_.erase(changes_.begin(), first_after - 1);
    }

  private:
    struct Change {
        Moment since{};
        T value{};
    };

  public:
    static constexpr std::size_t change_size = sizeof(Change);

  private:
    std::vector<Change> changes_;
};

}  // namespace gateway
