#pragma once

#include <functional>

#include "base/clock.h"
#include "bus/dispatcher.h"
#include "gateway/front.h"
#include "service/metrics.h"

namespace gateway {

/// Registers a gauge for each queue of a gateway; they are looked up when somebody asks. The
/// dispatcher is null until the pool has been joined. All of them live as long as the registry.
void publish_queues(service::Registry& registry, const Front& front,
                    std::function<const bus::Dispatcher*()> dispatcher, const base::Clock& clock);

}  // namespace gateway
