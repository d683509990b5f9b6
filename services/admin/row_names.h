#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mining/ids.h"

/// What the API calls rows (proto/adit/admin/v1); resource_name.h reads such names.
namespace admin {

/// "channels/0123456789abcdef".
std::string channel_resource(mining::ChannelKey key);
/// Nothing where the name is none of a channel.
std::optional<mining::ChannelKey> channel_of_resource(std::string_view name);

/// "identities/alice", "identities/alice/workers/rig1". What a name cannot have is written as in a
/// URL. A worker without a name is "-", an identity without one "~none".
std::string identity_resource(std::string_view identity);
std::string worker_resource(std::string_view identity, std::string_view worker);

/// Whose rows those share for whom there is no room.
inline constexpr std::string_view others_segment = "~others";

/// As the miner wrote it, where that is UTF-8; else what is not stands as "?".
std::string printable(std::string_view text);

}  // namespace admin
