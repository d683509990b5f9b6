#pragma once

#include <functional>

#include "base/clock.h"
#include "service/problems.h"
#include "template/leader_lease.h"
#include "template/node_watch.h"
#include "template/spool.h"

namespace templates {

/// Where a replica's problems show.
struct WatchedParts {
    const base::Clock& clock;
    const NodeWatch& nodes;
    const LeaderLease& lease;
    const Spool& spool;
    /// It has a template of its own that it could stream.
    std::function<bool()> is_able;
};

/// Has the problems looked for: nodes that are refused or poor, a lease that nobody has or Redis
/// does not confirm, blocks that no node has. All parts outlive the problems.
void watch_problems(service::Problems& problems, const WatchedParts& parts);

}  // namespace templates
