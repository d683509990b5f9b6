#include "gateway/session.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "gateway/session_send.h"
#include "sv2/codec.h"
#include "sv2/dispatch.h"
#include "sv2/error_codes.h"
#include "sv2/message_table.h"
#include "sv2/setup_flags.h"

namespace gateway {
namespace {

constexpr std::uint32_t supported_flags = sv2::mining_client_flag::requires_standard_jobs |
                                          sv2::mining_client_flag::requires_version_rolling;

// The full extranonce is our 8 bytes and the rolled ones, and no more than 32 (reference 4.5).
constexpr std::size_t prefix_size = 8;
constexpr std::size_t extranonce_size_max = mining::extranonce_size_max - prefix_size;

// What the maps take for a channel, and the longest user_identity.
constexpr std::size_t per_channel_overhead = 128 + sv2::Str0_255::size_max;

bool is_hash_rate(float value) {
    return std::isfinite(value) && value >= 0;
}

bitcoin::Target target_from(const sv2::U256& value) {
    return {bitcoin::Uint256::from_bytes(value)};
}

}  // namespace

Session::Session(std::string peer, ChannelKeys& keys, WorkBook& work, Limits limits)
    : peer_(std::move(peer)),
      keys_(keys),
      work_(work),
      limits_(std::move(limits)),
      extensions_(limits_.required_extensions) {}

void Session::on_frame(const sv2::FrameHeader& header, base::ByteView payload, base::UnixMicros now,
                       Effects& effects) {
    ++moment_;
    // An endpoint that says anything before SetupConnection is not one of ours (reference 8.38).
    if (!is_set_up_ && (header.extension_type != 0 ||
                        header.message_type != sv2::SetupConnection::info.message_type)) {
        violation("before-setup", effects);
        return;
    }
    const auto verdict = sv2::dispatch(header, sv2::Protocol::mining, sv2::Role::server);
    if (verdict != sv2::Dispatch::process) effects.oddity = verdict;
    if (sv2::is_anomaly(verdict) && ++anomalies_ > limits_.anomalies_max) {
        violation("too-many-anomalies", effects);
        return;
    }
    if (verdict != sv2::Dispatch::process && verdict != sv2::Dispatch::process_wrong_channel_bit)
        return;
    if (header.extension_type == sv2::negotiation_extension)
        return on_request_extensions(payload, effects);
    // Whoever goes on without what is required has been told, or did not ask (extension 0x0001).
    if (is_set_up_ && !extensions_.is_satisfied()) return violation("required-extension", effects);
    on_message(header, payload, now, effects);
}

void Session::on_message(const sv2::FrameHeader& header, base::ByteView payload,
                         base::UnixMicros now, Effects& effects) {
    switch (header.message_type) {
        case sv2::SetupConnection::info.message_type: return on_setup(payload, effects);
        case sv2::OpenStandardMiningChannel::info.message_type:
            return on_open_standard(payload, effects);
        case sv2::OpenExtendedMiningChannel::info.message_type:
            return on_open_extended(payload, effects);
        case sv2::UpdateChannel::info.message_type: return on_update(payload, effects);
        case sv2::CloseChannel::info.message_type: return on_close(payload, effects);
        case sv2::SubmitSharesStandard::info.message_type:
            return on_submit_standard(payload, now, effects);
        case sv2::SubmitSharesExtended::info.message_type:
            return on_submit_extended(payload, now, effects);
        case sv2::SetCustomMiningJob::info.message_type: return on_custom_job(payload, effects);
        default: break;  // dispatch() lets no other type of a mining client through
    }
}

void Session::on_setup(base::ByteView payload, Effects& effects) {
    if (is_set_up_) return violation("second-setup", effects);
    const auto setup = sv2::decode<sv2::SetupConnection>(payload);
    if (!setup) return malformed(setup.error(), effects);
    const auto refuse = [&](std::uint32_t flags, std::string_view code) {
        send(sv2::SetupConnectionError{.flags = flags, .error_code = code}, effects);
        effects.close = code;
    };
    if (setup->protocol != sv2::Protocol::mining)
        return refuse(0, sv2::error_code::unsupported_protocol);
    if (setup->min_version > sv2::protocol_version || setup->max_version < sv2::protocol_version)
        return refuse(0, sv2::error_code::protocol_version_mismatch);
    if (const auto unsupported = setup->flags & ~supported_flags; unsupported != 0)
        return refuse(unsupported, sv2::error_code::unsupported_feature_flags);
    is_set_up_ = true;
    requires_standard_jobs_ = (setup->flags & sv2::mining_client_flag::requires_standard_jobs) != 0;
    // Our flags mean something else than the client's and are never echoed (Sv2 5.3.1).
    send(sv2::SetupConnectionSuccess{.used_version = sv2::protocol_version, .flags = 0}, effects);
}

void Session::on_open_standard(base::ByteView payload, Effects& effects) {
    const auto open = sv2::decode<sv2::OpenStandardMiningChannel>(payload);
    if (!open) return malformed(open.error(), effects);
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
    if (requires_standard_jobs_)
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
    auto& group = group_for(open, outputs, outputs_id);
    auto owned = std::make_unique<Channel>(
        Channel{.info = {open.key, open.kind, open.user_identity, open.extranonce_size},
                .id = {open.channel_id},
                .group = group.id,
                .extranonce_prefix = mining::Extranonce::from(open.key.to_bytes()).value(),
                .max_target = open.max_target,
                .targets = TargetHistory{moment_, outcome.target},
                .outputs = group.outputs,
                .outputs_id = outputs_id,
                .opened_at = moment_,
                .latest_job = {},
                .acknowledgement = {}});
    auto& channel = *owned;
    channels_.emplace(open.channel_id, std::move(owned));
    ids_by_key_.emplace(open.key.value, open.channel_id);
    group.members.insert(open.channel_id);
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

Session::Group& Session::group_for(const bus::ChannelOpen& open,
                                   std::shared_ptr<const mining::PayoutOutputs> outputs,
                                   mining::OutputsId outputs_id) {
    const std::size_t full_size = prefix_size + open.extranonce_size;
    const GroupKey key{open.kind, full_size, outputs_id};
    const auto found = groups_.find(key);
    if (found != groups_.end()) return found->second;
    return groups_
        .emplace(key, Group{.id = {++last_id_},
                            .kind = open.kind,
                            .full_extranonce_size = full_size,
                            .outputs = std::move(outputs),
                            .outputs_id = outputs_id,
                            .members = {}})
        .first->second;
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
    effects.events.emplace_back(
        bus::ChannelUpdate{channel.info.key, update->nominal_hash_rate, max_target});
    // A larger maximum only permits; a smaller one is honoured at once (Sv2 5.3.7).
    if (max_target < channel.targets.current()) send_target(channel, max_target, effects);
}

void Session::on_close(base::ByteView payload, Effects& effects) {
    const auto close = sv2::decode<sv2::CloseChannel>(payload);
    if (!close) return malformed(close.error(), effects);
    const auto id = close->channel_id;
    if (channels_.contains(id.value)) return close_channel(id.value, "by-miner", effects);
    for (const auto& [key, group] : groups_) {
        if (group.id != id) continue;
        const std::vector<std::uint32_t> members{group.members.begin(), group.members.end()};
        for (const auto member : members) close_channel(member, "by-miner", effects);
        return;
    }
}

void Session::close_channel(std::uint32_t id, std::string_view reason, Effects& effects) {
    auto found = channels_.find(id);
    auto owned = std::move(found->second);
    channels_.erase(found);
    ids_by_key_.erase(owned->info.key.value);
    for (auto& [key, group] : groups_) group.members.erase(id);
    effects.events.emplace_back(bus::ChannelClose{owned->info.key, std::string{reason}});
    // Whoever opens and closes without end makes us forget the oldest, not remember all.
    if (closed_.size() >= limits_.channels_max) closed_before_ = std::exchange(closed_, {});
    closed_.emplace(id, std::move(owned));
}

void Session::on_custom_job(base::ByteView payload, Effects& effects) {
    const auto custom = sv2::decode<sv2::SetCustomMiningJob>(payload);
    if (!custom) return malformed(custom.error(), effects);
    // REQUIRES_WORK_SELECTION was refused at SetupConnection, so there is no right to this.
    send(sv2::SetCustomMiningJobError{.channel_id = custom->channel_id,
                                      .request_id = custom->request_id,
                                      .error_code = sv2::error_code::jd_not_supported},
         effects);
}

std::size_t Session::memory() const {
    const auto channels = channels_.size() + closed_.size() + closed_before_.size();
    return sizeof(Session) + channels * (sizeof(Channel) + per_channel_overhead) +
           opens_.size() * (sizeof(PendingOpen) + per_channel_overhead) +
           jobs_.size() * (sizeof(SentJob) + TargetHistory::change_size);
}

void Session::on_end(Effects& effects) {
    for (const auto& [id, channel] : channels_)
        effects.events.emplace_back(bus::ChannelClose{channel->info.key, "connection-ended"});
    // An open that no worker has seen yet is closed by the event that comes right behind it.
    for (const auto& [key, pending] : opens_)
        effects.events.emplace_back(bus::ChannelClose{{key}, "connection-ended"});
    channels_.clear();
    ids_by_key_.clear();
    opens_.clear();
}

}  // namespace gateway
