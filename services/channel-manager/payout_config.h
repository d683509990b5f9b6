#pragma once

#include <string>

#include "bitcoin/network.h"
#include "channel-manager/payout_policy.h"
#include "service/config.h"

namespace channel_manager {

/// Reads `network` and the table [payout]: whom blocks pay. What is wrong is written down for
/// ConfigReader::finish().
PayoutPolicy read_payout(service::TableReader root);

/// Whom blocks pay, for an operator to check before a block does: each output's part, address and
/// script, a line each.
std::string describe(const PayoutPolicy& policy);

}  // namespace channel_manager
