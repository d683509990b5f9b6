#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "service/metrics.h"

namespace service {

/// What every bounded queue tells in the same words, so that one alert and one panel do for all of
/// them: `adit_queue_depth`, `adit_queue_bound` and `adit_queue_oldest_seconds`, by `queue`. Of
/// several queues of one kind the fullest speaks. Set when somebody asks (Registry::on_collect).
class QueueGauges {
  public:
    /// `queue` is one of a few names that the service gives; ARCHITECTURE.md lists them.
    QueueGauges(Registry& registry, std::string_view queue);

    /// Depth and bound in the queue's own unit. `oldest` is since when something waits; what is not
    /// due yet is not old.
    void set(std::size_t depth, std::size_t bound, std::optional<base::SteadyTime> oldest,
             base::SteadyTime now);
    void set(std::size_t depth, std::size_t bound, std::chrono::nanoseconds oldest);
    /// Where nobody keeps the age: whoever reads too slowly is ended before long.
    void set(std::size_t depth, std::size_t bound);

  private:
    Gauge& depth_;
    Gauge& bound_;
    Family<Gauge>& oldest_seconds_;
    std::string queue_;
};

/// How long something has waited since then, in seconds: 0 for nothing, and for what lies ahead.
double age_seconds(std::optional<base::SteadyTime> since, base::SteadyTime now);

}  // namespace service
