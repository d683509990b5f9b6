#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "sv2/ids.h"

namespace translator {

/// Counts the jobs of all connections (ActiveJob::id), so that no two share a number.
struct JobCounter {
    std::uint64_t last{};
};

/// What the pool calls the jobs of one connection that have numbers of ours.
class JobNames {
  public:
    /// Some hours of jobs for all channels, and minutes where each has its own.
    static constexpr std::size_t kept = 32'768;

    explicit JobNames(JobCounter& counter) : counter_(counter) {}

    /// A number for a job that has become active.
    std::uint64_t add(sv2::JobId id) {
        if (names_.size() == kept) names_.pop_front();
        names_.push_back({++counter_.last, id});
        return counter_.last;
    }
    /// Nothing for one of another connection, or of long ago.
    std::optional<sv2::JobId> find(std::uint64_t number) const;
    /// The last number that anybody was given.
    std::uint64_t last() const { return counter_.last; }

  private:
    struct Name {
        std::uint64_t number{};
        sv2::JobId id{};
    };
    JobCounter& counter_;
    std::deque<Name> names_{};  // numbers grow
};

}  // namespace translator
