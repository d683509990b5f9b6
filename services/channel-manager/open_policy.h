#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "bitcoin/target.h"
#include "bus/batch.h"
#include "channel-manager/allow_list.h"
#include "channel-manager/payout_policy.h"

namespace channel_manager {

/// Who may open channels, and what a channel starts with.
struct OpenPolicy {
    PayoutPolicy payout{};
    /// Null where anybody may.
    std::shared_ptr<const AllowList> allowed{};
    /// Six is what miners' firmware expects, and enough for vardiff to see a change in minutes.
    double shares_per_minute = 6;
    /// Bounds of a channel's share target.
    bitcoin::Target hardest{};
    bitcoin::Target easiest{bitcoin::target_max()};
    /// Whether a user_identity is kept out now; absent where nobody is.
    std::function<bool(std::string_view)> is_banned{};
};

/// Decides an OpenStandardMiningChannel or OpenExtendedMiningChannel (Sv2 5.3.4, 5.3.7): the same
/// request under the same policy always has the same answer. The initial target is the one at
/// which the nominal hash rate finds the wanted number of shares, within the policy's bounds, and
/// never easier than the miner's max_target.
/// Error codes: "invalid-user-identity"; "unknown-user", who is banned, not on the allow-list or,
/// in solo mode, no address of our network; "invalid-nominal-hashrate", "max-target-out-of-range".
bus::OpenOutcome decide_open(const bus::ChannelOpen& open, const OpenPolicy& policy);

/// Decides anew whom an open channel's coinbase pays: the policy may be another than when it was
/// opened. Nothing when that is whom it pays already.
std::optional<bus::OutputsChange> decide_outputs(const bus::ChannelUpdate& update,
                                                 const OpenPolicy& policy);

}  // namespace channel_manager
