#pragma once

#include <functional>
#include <vector>

#include "base/clock.h"
#include "channel-manager/worker.h"
#include "ledger/ledger.h"
#include "rpc/template_client.h"
#include "service/endpoint.h"
#include "service/problems.h"

namespace channel_manager {

/// Where a worker's problems show.
struct WatchedParts {
    const base::Clock& clock;
    const rpc::TemplateClient& templates;
    const std::vector<service::Endpoint>& template_replicas;
    std::uint64_t log_bytes_max = 0;
    /// Both null until the pool's configuration is known.
    std::function<const Worker*()> worker;
    std::function<const ledger::Ledger*()> ledger;
};

/// Has the problems looked for: batches that wait, and for what; a ledger that refuses them; share
/// logs near their bound; no template replica. All parts outlive the problems.
void watch_problems(service::Problems& problems, const WatchedParts& parts);

}  // namespace channel_manager
