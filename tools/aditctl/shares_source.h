#pragma once

#include <functional>
#include <string>

#include "aditctl/admin_channel.h"
#include "aditctl/time_range.h"
#include "share_export/share_row.h"

namespace aditctl {

/// Every share that was received in a time, from the admin service. Errors: throws CommandFailure.
void export_shares(AdminChannel& admin, const TimeRange& time, const std::string& identity,
                   const std::function<void(const share_export::ShareRow&)>& take);

}  // namespace aditctl
