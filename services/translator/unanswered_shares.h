#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "translator/channels.h"

namespace translator {

/// The shares of one channel that the pool has not answered, in the order of their sequence
/// numbers. An idle channel has no memory here.
class UnansweredShares {
  public:
    struct Share {
        std::uint32_t sequence_number{};
        ShareTicket ticket{};
        base::SteadyTime sent_at{};
    };

    void add(const Share& share) { shares_.push_back(share); }
    bool is_empty() const { return first_ == shares_.size(); }
    std::size_t size() const { return shares_.size() - first_; }
    /// The one that has waited longest; there is one.
    const Share& oldest() const { return shares_[first_]; }

    /// The pool accepts `count` shares, the last of them with `last` (Sv2 5.3.13): calls
    /// `each(share)` in order. What it passes over stays, and has an answer of its own to come.
    /// Returns how many there were.
    template <class Each>
    std::size_t accept(std::uint32_t last, std::uint32_t count, Each each) {
        const auto end = after(last);
        const auto taken = std::min<std::size_t>(count, end - first_);
        for (auto i = end - taken; i < end; ++i) each(shares_[i]);
        erase(end - taken, end);
        return taken;
    }
    /// The pool answers one alone. False where no such share waits.
    bool take(std::uint32_t sequence_number, Share& share);
    /// Calls `each(share)` for those sent before `moment`, which leave.
    template <class Each>
    void expire(base::SteadyTime moment, Each each) {
        auto end = first_;
        while (end < shares_.size() && shares_[end].sent_at < moment) each(shares_[end++]);
        erase(first_, end);
    }

  private:
    /// The first behind this number, which may wrap around.
    std::size_t after(std::uint32_t sequence_number) const;
    void erase(std::size_t from, std::size_t to);

    std::vector<Share> shares_{};
    std::size_t first_{};  // those before it have been answered
};

}  // namespace translator
