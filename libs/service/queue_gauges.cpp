#include "service/queue_gauges.h"

#include <algorithm>

namespace service {
namespace {

Gauge& gauge(Registry& registry, std::string_view name, std::string_view help,
             std::string_view queue) {
    return registry.gauges(name, help, {"queue"}).with({std::string{queue}});
}

}  // namespace

QueueGauges::QueueGauges(Registry& registry, std::string_view queue)
    : depth_(gauge(registry, "adit_queue_depth",
                   "What waits in a queue, of several in the fullest one; in its own unit.",
                   queue)),
      bound_(gauge(registry, "adit_queue_bound",
                   "What may wait in that queue; ARCHITECTURE.md says what happens then.", queue)),
      oldest_seconds_(registry.gauges("adit_queue_oldest_seconds",
                                      "How long the oldest entry of a queue has waited.",
                                      {"queue"})),
      queue_(queue) {}

void QueueGauges::set(std::size_t depth, std::size_t bound, std::optional<base::SteadyTime> oldest,
                      base::SteadyTime now) {
    set(depth, bound);
    oldest_seconds_.with({queue_}).set(age_seconds(oldest, now));
}

void QueueGauges::set(std::size_t depth, std::size_t bound, std::chrono::nanoseconds oldest) {
    set(depth, bound);
    oldest_seconds_.with({queue_}).set(std::chrono::duration<double>(oldest).count());
}

void QueueGauges::set(std::size_t depth, std::size_t bound) {
    depth_.set(static_cast<double>(depth));
    bound_.set(static_cast<double>(bound));
}

double age_seconds(std::optional<base::SteadyTime> since, base::SteadyTime now) {
    return std::chrono::duration<double>(now - std::min(since.value_or(now), now)).count();
}

}  // namespace service
