#pragma once

#include <adit/admin/v1/policy.pb.h>
#include <adit/vardiff/v1/vardiff.pb.h>

#include <string>

#include "admin/api_error.h"

namespace admin {

/// Vardiff's policies as the API writes them: difficulties for targets, durations for seconds.
adit::admin::v1::VardiffPolicy to_api(const adit::vardiff::v1::PolicySet& set);

/// Errors: `invalid_field` for what no target or duration can be; vardiff judges the rest.
ApiResult<adit::vardiff::v1::SetPolicyRequest> to_vardiff(
    const adit::admin::v1::SetVardiffPolicyRequest& request);

/// Of a target as the services write it (32 bytes); 0 for what is none.
double difficulty_of_bytes(const std::string& target);

}  // namespace admin
