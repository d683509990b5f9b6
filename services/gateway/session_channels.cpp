#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "base/planted_fault.h"
#include "gateway/session.h"
#include "gateway/session_send.h"
#include "sv2/error_codes.h"

namespace gateway {
namespace {

// The full extranonce is our 8 bytes and the rolled ones, and no more than 32 (reference 4.5).
constexpr std::size_t prefix_size = 8;
constexpr std::size_t extranonce_size_max = mining::extranonce_size_max - prefix_size;

bool is_hash_rate(float value) {
    return std::isfinite(value) && value >= 0;
}

bitcoin::Target target_from(const sv2::U256& value) {
    return {bitcoin::Uint256::from_bytes(value)};
}

/// Whose bytes are the prefix of the channel's extranonce.
mining::ChannelKey space_of(const bus::ChannelOpen& open) {
    // "No other channel has this id": none of its connection.
    if (base::is_planted(base::Fault::prefix_reuse))
        return mining::ChannelKey::of(open.key.epoch(), open.channel_id).value();
    return open.key;
}

}  // namespace

void Session::on_open_standard(base::ByteView payload, Effects& effects) {
    const auto open = sv2::decode<sv2::OpenStandardMiningChannel>(payload);
    if (!open) return malformed(open.error(), effects);
    if (flags_.requires_work_selection)
        return refuse_open(open->request_id,
                           sv2::error_code::standard_channels_not_supported_for_custom_work,
                           effects);
    if (policy_.requires_extended_channels)
        return refuse_open(open->request_id, sv2::error_code::standard_channels_not_supported,
                           effects);
    ask_for_channel(open->request_id,
                    {.key = {},
                     .kind = mining::ChannelKind::standard,
                     .user_identity = std::string{open->user_identity},
                     .nominal_hash_rate = open->nominal_hash_rate,
                     .max_target = target_from(open->max_target),
                     .extranonce_size = 0,
                     .peer = peer_,
                     .channel_id = 0},
                    effects);
}

void Session::on_open_extended(base::ByteView payload, Effects& effects) {
    const auto open = sv2::decode<sv2::OpenExtendedMiningChannel>(payload);
    if (!open) return malformed(open.error(), effects);
    if (flags_.requires_standard_jobs)
        return refuse_open(open->request_id,
                           sv2::error_code::extended_channels_not_supported_for_standard_jobs,
                           effects);
    if (open->min_extranonce_size > extranonce_size_max)
        return refuse_open(open->request_id, sv2::error_code::min_extranonce_size_too_large,
                           effects);
    // Exactly what was asked for: firmware in the field breaks on more.
    ask_for_channel(open->request_id,
                    {.key = {},
                     .kind = mining::ChannelKind::extended,
                     .user_identity = std::string{open->user_identity},
                     .nominal_hash_rate = open->nominal_hash_rate,
                     .max_target = target_from(open->max_target),
                     .extranonce_size = static_cast<std::uint8_t>(open->min_extranonce_size),
                     .peer = peer_,
                     .channel_id = 0},
                    effects);
}

void Session::ask_for_channel(sv2::RequestId request_id, bus::ChannelOpen open, Effects& effects) {
    if (channels_.size() + opens_.size() >= limits_.channels_max)
        return violation("too-many-channels", effects);
    const auto key = keys_.next();
    if (!key) return violation("out-of-channel-keys", effects);
    open.key = *key;
    open.channel_id = ++last_id_;
    effects.events.emplace_back(open);
    opens_.emplace(key->value, PendingOpen{request_id, std::move(open)});
}

void Session::refuse_open(sv2::RequestId request_id, std::string_view code, Effects& effects) {
    send(sv2::OpenMiningChannelError{.request_id = request_id, .error_code = code}, effects);
    effects.opens_refused.emplace_back(code);
}

void Session::on_open_outcome(const bus::OpenOutcome& outcome, Effects& effects) {
    ++moment_;
    const auto pending = opens_.find(outcome.key.value);
    if (pending == opens_.end()) return;
    const auto [request_id, open] = std::move(pending->second);
    opens_.erase(pending);
    if (!outcome.error_code.empty()) return refuse_open(request_id, outcome.error_code, effects);

    auto outputs = std::make_shared<const mining::PayoutOutputs>(outcome.outputs);
    const auto outputs_id = mining::outputs_id(*outputs);
    const bus::Channel info{open.key, open.kind, open.user_identity, open.extranonce_size};
    auto& group = join_group(open.channel_id, terms_for(info, outputs_id), std::move(outputs));
    auto owned = std::make_unique<Channel>(
        Channel{.info = info,
                .id = {open.channel_id},
                .groups = {moment_, group.id},
                .extranonce_prefix = mining::Extranonce::from(space_of(open).to_bytes()).value(),
                .max_target = open.max_target,
                .targets = TargetHistory{moment_, outcome.target},
                .proposed = {},
                .owes_a_job = false,
                .outputs = group.outputs,
                .outputs_id = outputs_id,
                .opened_at = moment_,
                .latest_job = {},
                .acknowledgement = {},
                .unanswered = 0});
    auto& channel = *owned;
    channels_.emplace(open.channel_id, std::move(owned));
    by_key_.emplace(open.key.value, &channel);
    ever_opened_ = true;
    ++effects.channels_opened;

    const auto target = to_wire(outcome.target);
    const auto prefix = channel.extranonce_prefix.bytes();
    if (open.kind == mining::ChannelKind::standard)
        send(sv2::OpenStandardMiningChannelSuccess{.request_id = request_id,
                                                   .channel_id = channel.id,
                                                   .target = target,
                                                   .extranonce_prefix = prefix,
                                                   .group_channel_id = group.id},
             effects);
    else
        send(sv2::OpenExtendedMiningChannelSuccess{.request_id = request_id,
                                                   .channel_id = channel.id,
                                                   .target = target,
                                                   .extranonce_size = open.extranonce_size,
                                                   .extranonce_prefix = prefix,
                                                   .group_channel_id = group.id},
             effects);
    send_first_job(channel, group, effects);
}

GroupTerms Session::terms_for(const bus::Channel& channel, mining::OutputsId outputs_id) const {
    return {.kind = channel.kind,
            .full_extranonce_size = prefix_size + channel.extranonce_size,
            .outputs_id = outputs_id,
            .version_rolling_allowed = !policy_.requires_fixed_version};
}

Group& Session::join_group(std::uint32_t channel, const GroupTerms& terms,
                           std::shared_ptr<const mining::PayoutOutputs> outputs) {
    return groups_.join(channel, terms, std::move(outputs),
                        [this] { return sv2::ChannelId{++last_id_}; });
}

/// The channel moves to the group of its new outputs, and a job of its own pays them at once. Its
/// earlier jobs stay as they were sent.
void Session::on_outputs_change(const bus::OutputsChange& change, Effects& effects) {
    const auto found = by_key_.find(change.key.value);
    const auto outputs_id = mining::outputs_id(change.outputs);
    if (found == by_key_.end()) return;
    auto& channel = *found->second;
    if (channel.outputs_id == outputs_id) return;
    ++moment_;
    groups_.leave(channel.id.value, channel.groups.current());
    auto& group = join_group(channel.id.value, terms_for(channel.info, outputs_id),
                             std::make_shared<const mining::PayoutOutputs>(change.outputs));
    channel.groups.change(moment_, group.id);
    channel.outputs = group.outputs;
    channel.outputs_id = outputs_id;
    // Who cannot use extended jobs does not hear of groups (Sv2 5.3.22).
    if (!flags_.requires_standard_jobs) {
        const std::vector moved{channel.id};
        send(sv2::SetGroupChannel{.group_channel_id = group.id, .channel_ids = moved}, effects);
    }
    reissue_job(channel, effects);
}

void Session::on_update(base::ByteView payload, Effects& effects) {
    const auto update = sv2::decode<sv2::UpdateChannel>(payload);
    if (!update) return malformed(update.error(), effects);
    const auto refuse = [&](std::string_view code) {
        send(sv2::UpdateChannelError{.channel_id = update->channel_id, .error_code = code},
             effects);
    };
    const auto found = channels_.find(update->channel_id.value);
    if (found == channels_.end()) return refuse(sv2::error_code::invalid_channel_id);
    if (!is_hash_rate(update->nominal_hash_rate))
        return refuse(sv2::error_code::invalid_nominal_hashrate);
    const auto max_target = target_from(update->maximum_target);
    if (max_target < limits_.hardest_target)
        return refuse(sv2::error_code::max_target_out_of_range);
    auto& channel = *found->second;
    channel.max_target = max_target;
    effects.events.emplace_back(bus::ChannelUpdate{.key = channel.info.key,
                                                   .nominal_hash_rate = update->nominal_hash_rate,
                                                   .max_target = max_target,
                                                   .user_identity = channel.info.user_identity,
                                                   .outputs_id = channel.outputs_id});
    // A larger maximum only permits; a smaller one is honoured at once (Sv2 5.3.7).
    if (max_target < channel.targets.current() && set_target(channel, max_target, effects))
        reissue_job(channel, effects);
}

void Session::on_close(base::ByteView payload, Effects& effects) {
    const auto close = sv2::decode<sv2::CloseChannel>(payload);
    if (!close) return malformed(close.error(), effects);
    const auto id = close->channel_id;
    if (channels_.contains(id.value)) return end_channel(id.value, "by-miner", effects);
    if (const auto* group = groups_.find(id)) {
        const std::vector<std::uint32_t> members{group->members.begin(), group->members.end()};
        for (const auto member : members) end_channel(member, "by-miner", effects);
    }
}

void Session::close_all_channels(std::string_view reason, Effects& effects) {
    acknowledge_all(effects);
    std::vector<std::uint32_t> ids;
    for (const auto& [id, channel] : channels_) ids.push_back(id);
    std::ranges::sort(ids);
    for (const auto id : ids) {
        send(sv2::CloseChannel{.channel_id = {id}, .reason_code = reason}, effects);
        end_channel(id, reason, effects);
    }
}

void Session::ask_to_leave(Effects& effects) {
    acknowledge_all(effects);
    if (is_set_up_) send(sv2::Reconnect{.new_host = "", .new_port = 0}, effects);
}

/// Nothing is said of it any more; in the ledger it is closed.
void Session::end_channel(std::uint32_t id, std::string_view reason, Effects& effects) {
    auto found = channels_.find(id);
    auto owned = std::move(found->second);
    channels_.erase(found);
    by_key_.erase(owned->info.key.value);
    groups_.leave(id, owned->groups.current());
    effects.events.emplace_back(bus::ChannelClose{owned->info.key, std::string{reason}});
    // Whoever opens and closes without end makes us forget the oldest, not remember all.
    if (closed_.size() >= limits_.channels_max) closed_before_ = std::exchange(closed_, {});
    closed_.emplace(id, std::move(owned));
}

}  // namespace gateway
