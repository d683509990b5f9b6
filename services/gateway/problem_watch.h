#pragma once

#include <functional>

#include "base/clock.h"
#include "bus/dispatcher.h"
#include "gateway/config.h"
#include "gateway/front.h"
#include "rpc/template_client.h"
#include "service/problems.h"

namespace gateway {

/// Where a gateway's problems show.
struct WatchedParts {
    const Config& config;
    const base::Clock& clock;
    const Front& front;
    const rpc::TemplateClient& templates;
    /// Null until the pool has been joined.
    std::function<const bus::Dispatcher*()> dispatcher;
    /// When the newest template came; nothing before the first.
    std::function<std::optional<base::SteadyTime>()> template_at;
};

/// Has the problems looked for: miners that take nothing, batches without an answer, no worker, no
/// template. All parts outlive the problems.
void watch_problems(service::Problems& problems, const WatchedParts& parts);

/// Where a partition's batch hangs, and since when, for an operator.
std::string partition_text(const bus::Dispatcher::Unanswered& unanswered, bool is_full,
                           base::SteadyTime now);

}  // namespace gateway
