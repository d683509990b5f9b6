#pragma once

#include <adit/admin/v1/policy.pb.h>

#include <string>
#include <string_view>

#include "admin/api_error.h"
#include "base/clock.h"
#include "ledger/ban_list.h"

namespace admin {

/// A ban as operators write it. Errors: `invalid_field`, for a subject that is none, a reason that
/// is too long, an end that has passed; `invalid_name`, where it has a name that is not its
/// subject's.
ApiResult<ledger::Ban> to_ledger(const adit::admin::v1::Ban& ban, base::UnixMicros now);

/// "bans/address:10.0.0.0%2F8", "bans/identity:alice".
std::string ban_name(const ledger::BanSubject& subject);
/// Errors: `invalid_name`.
ApiResult<ledger::BanSubject> ban_subject(std::string_view name);

adit::admin::v1::Ban to_api(const ledger::Ban& ban);

}  // namespace admin
