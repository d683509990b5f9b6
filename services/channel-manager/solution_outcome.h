#pragma once

#include "base/result.h"
#include "channel-manager/ports.h"
#include "rpc/template_client.h"

namespace channel_manager {

/// What the template replicas' answer to a block means to who brings it.
SolutionOutcome to_outcome(const base::Result<rpc::SolutionStored, rpc::SolutionError>& result);

}  // namespace channel_manager
