#pragma once

#include <cstddef>

#include "base/clock.h"

namespace edge {

/// How fast a peer may ask for things other than a share's acknowledgement. Who asks faster is read
/// more slowly; nothing is refused.
class RequestPace {
  public:
    struct Limits {
        std::size_t per_second{};
        std::size_t burst{};
    };

    /// So many requests came at `now`.
    void add(std::size_t count, const Limits& limits, base::SteadyTime now);
    /// More than a burst has come that the rate does not cover yet.
    bool is_ahead(const Limits& limits, base::SteadyTime now) const;

  private:
    static base::SteadyTime::duration time_for(std::size_t count, const Limits& limits);

    base::SteadyTime covered_until_{};  // when the rate has caught up with what came
};

}  // namespace edge
