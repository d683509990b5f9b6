#pragma once

#include <functional>
#include <vector>

#include "aditctl/admin_channel.h"
#include "aditctl/payout_input.h"
#include "aditctl/time_range.h"

namespace aditctl {

/// The pool's blocks that were found in a time, from the admin service. Errors: throws
/// CommandFailure.
std::vector<KnownBlock> blocks_from(AdminChannel& admin, const TimeRange& time);

/// The shares that a time's pay-outs need, from the admin service.
///
/// With `is_filled`, also shares from before the time, as far back as it says and as they are kept:
/// it is asked with the book that there is. Errors: throws CommandFailure where the time itself
/// reaches further back than what is kept.
payout::ShareBook shares_from(AdminChannel& admin, const TimeRange& time,
                              const std::function<bool(const payout::ShareBook&)>& is_filled);

}  // namespace aditctl
