#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"

namespace bus {

/// Which connections open and close channels in bulk. Everybody may for a while, so that a thousand
/// miners who come back at once do not count as one who asks a thousand times.
class EventAllowance {
  public:
    struct Settings {
        int burst{64};
        std::chrono::milliseconds every{500};  ///< and then one more
    };
    explicit EventAllowance(Settings settings) : settings_(settings) {}

    /// One more of this connection; false where it is beyond what it may.
    bool take(std::uint64_t connection, base::SteadyTime now);

    /// Connections that are remembered: those that asked within burst times `every`, and at most
    /// as many more.
    std::size_t size() const { return spent_until_.size(); }

  private:
    void forget_the_rested(base::SteadyTime now);

    Settings settings_;
    // When a connection will have all of its allowance again.
    boost::unordered_flat_map<std::uint64_t, base::SteadyTime> spent_until_{};
    std::size_t forget_at_{1024};
};

}  // namespace bus
