#include "channel-manager/open_policy.h"

#include <algorithm>
#include <cmath>

#include "channel-manager/user_identity.h"

namespace channel_manager {
namespace {

bus::OpenOutcome refuse(const bus::ChannelOpen& open, std::string error_code) {
    bus::OpenOutcome outcome;
    outcome.key = open.key;
    outcome.error_code = std::move(error_code);
    return outcome;
}

}  // namespace

bus::OpenOutcome decide_open(const bus::ChannelOpen& open, const OpenPolicy& policy) {
    if (!is_acceptable_user_identity(open.user_identity))
        return refuse(open, "invalid-user-identity");
    if (policy.is_banned && policy.is_banned(open.user_identity))
        return refuse(open, "unknown-user");
    auto outputs = outputs_for(policy.payout, account_of(open.user_identity));
    if (!outputs || (policy.allowed && !policy.allowed->has(open.user_identity)))
        return refuse(open, "unknown-user");
    if (!std::isfinite(open.nominal_hash_rate) || open.nominal_hash_rate < 0)
        return refuse(open, "invalid-nominal-hashrate");
    // Zero is harder than any target, also than a pool's without a bound of its own.
    if (open.max_target == bitcoin::Target{} || open.max_target < policy.hardest)
        return refuse(open, "max-target-out-of-range");
    const auto wanted =
        bitcoin::target_for_hash_rate(open.nominal_hash_rate, policy.shares_per_minute);
    if (!wanted) return refuse(open, "invalid-nominal-hashrate");

    bus::OpenOutcome outcome;
    outcome.key = open.key;
    outcome.target = std::min(std::clamp(*wanted, policy.hardest, policy.easiest), open.max_target);
    outcome.outputs = *std::move(outputs);
    return outcome;
}

std::optional<bus::OutputsChange> decide_outputs(const bus::ChannelUpdate& update,
                                                 const OpenPolicy& policy) {
    // Older gateways do not say whose it is.
    if (update.user_identity.empty()) return std::nullopt;
    // One whose account could not be opened now goes on as it is.
    auto outputs = outputs_for(policy.payout, account_of(update.user_identity));
    if (!outputs || mining::outputs_id(*outputs) == update.outputs_id) return std::nullopt;
    return bus::OutputsChange{update.key, *std::move(outputs)};
}

}  // namespace channel_manager
