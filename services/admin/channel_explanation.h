#pragma once

#include <adit/admin/v1/channel.pb.h>
#include <adit/vardiff/v1/vardiff.pb.h>

namespace admin {

/// What a vardiff replica says of a channel, for the API. Without the row.
adit::admin::v1::ExplainChannelResponse to_explanation(
    const adit::vardiff::v1::ExplainResponse& explained);

}  // namespace admin
