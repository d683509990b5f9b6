#pragma once

#include "adit/admin/v1/share.pb.h"
#include "base/result.h"
#include "share_export/share_row.h"

namespace share_export {

/// A share as the admin API gives it, and back.
adit::admin::v1::Share to_proto(const ShareRow& row);
/// Errors: which field cannot be what it is.
base::Result<ShareRow, std::string> from_proto(const adit::admin::v1::Share& share);

}  // namespace share_export
