#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

#include "base/clock.h"
#include "bitcoin/target.h"

namespace translator {

/// What all miners of a channel need of it together.
struct Demand {
    double hash_rate_hps{};  ///< 0 without miners
    /// The hardest of what the miners want: an easier target of the channel would only bring more
    /// shares than anybody asked for, or ones that a miner is not to be told.
    bitcoin::Target max_target{bitcoin::target_max()};
    friend bool operator==(const Demand&, const Demand&) = default;
};

/// When the pool is told of it (UpdateChannel, Sv2 5.3.7): never more than once a second. At once
/// when miners have come, gone or said something; when estimates have moved, after some seconds.
class UpdateDebounce {
  public:
    static constexpr auto interval = std::chrono::seconds{1};
    /// Estimates move all the time; a pool writes each update down.
    static constexpr auto drift_interval = std::chrono::seconds{10};
    /// A sum that is off by less is left as it is.
    static constexpr double drift_min = 0.05;

    /// The channel opened with this.
    void opened_with(const Demand& demand, base::SteadyTime now);
    void miners_changed() { is_marked_ = true; }
    /// What to tell, which then counts as told.
    std::optional<Demand> due(const Demand& demand, base::SteadyTime now);

  private:
    Demand told_{};
    base::SteadyTime told_at_{};
    bool is_marked_{};
};

}  // namespace translator
