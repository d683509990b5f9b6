#pragma once

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "gateway/share_sink.h"

namespace gateway {

/// The miners that take nothing of what is there for them, as each was seen last.
class StuckMiners {
  public:
    struct Stuck {
        base::SteadyTime since{};
        ConnectionId id{};
        friend auto operator<=>(const Stuck&, const Stuck&) = default;
    };

    /// `since` is nothing for one that takes what it gets.
    void seen(ConnectionId id, std::optional<base::SteadyTime> since) {
        if (since)
            since_[id.value] = *since;
        else
            forget(id);
    }
    void forget(ConnectionId id) { since_.erase(id.value); }

    /// Those that were seen for longest, at most so many.
    std::vector<Stuck> longest(std::size_t max) const {
        std::vector<Stuck> found;
        found.reserve(since_.size());
        for (const auto& [id, since] : since_) found.push_back({since, {id}});
        const auto size = std::min(max, found.size());
        std::ranges::partial_sort(found, found.begin() + static_cast<std::ptrdiff_t>(size));
        found.resize(size);
        return found;
    }

  private:
    boost::unordered_flat_map<std::uint64_t, base::SteadyTime> since_{};
};

}  // namespace gateway
