#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/ensure.h"
#include "sv2/codec.h"
#include "translator/pool_client.h"
#include "translator/printable.h"

namespace translator {
namespace {

sv2::U256 to_wire(const bitcoin::Target& target) {
    sv2::U256 value;
    std::ranges::copy(target.value.as_bytes(), value.begin());
    return value;
}

bitcoin::Target target_from(const sv2::U256& value) {
    return {bitcoin::Uint256::from_bytes(value)};
}

/// What cannot be a rate is none.
float rate_to_wire(double hash_rate_hps) {
    if (!(hash_rate_hps > 0)) return 0;
    return static_cast<float>(std::min(hash_rate_hps, double{std::numeric_limits<float>::max()}));
}

}  // namespace

void PoolClient::open(const Open& open, base::SteadyTime now, PoolEffects& effects) {
    base::ensure(is_set_up(), "a channel is asked for before the connection is set up");
    const sv2::RequestId id{++last_request_};
    requests_.emplace(id, Request{.channel = open.channel, .sent_at = now, .is_abandoned = false});
    sv2::append_frame(
        sv2::OpenExtendedMiningChannel{
            .request_id = id,
            .user_identity = open.user_identity.substr(0, sv2::Str0_255::size_max),
            .nominal_hash_rate = rate_to_wire(open.nominal_hash_rate_hps),
            .max_target = to_wire(open.max_target),
            .min_extranonce_size = open.min_extranonce_size},
        effects.frames);
}

void PoolClient::abandon(ChannelHandle channel) {
    const auto found = std::ranges::find_if(requests_, [&](const auto& entry) {
        return entry.second.channel == channel && !entry.second.is_abandoned;
    });
    if (found != requests_.end()) found->second.is_abandoned = true;
}

std::optional<PoolClient::Request> PoolClient::take_request(sv2::RequestId id) {
    const auto found = requests_.find(id);
    if (found == requests_.end()) return std::nullopt;
    const auto request = found->second;
    requests_.erase(found);
    return request;
}

/// What is wrong with an opened channel; empty if nothing is.
std::string_view PoolClient::fault_of(const sv2::OpenExtendedMiningChannelSuccess& message) const {
    const auto id = message.channel_id.value;
    const auto group = message.group_channel_id.value;
    if (channels_.contains(id)) return "it opened a channel twice";
    if (groups_.contains(id) || channels_.contains(group) || id == group)
        return "it gave a channel and a group one name";
    if (message.extranonce_size == 0 ||
        message.extranonce_prefix.size() + message.extranonce_size > sv2::B0_32::size_max)
        return "it opened a channel with nothing to roll, or more than 32 bytes";
    return {};
}

void PoolClient::handle(const sv2::OpenExtendedMiningChannelSuccess& message, Call call) {
    // Until nothing can go wrong the question stays: who waits for its answer hears of an end.
    if (const auto fault = fault_of(message); !fault.empty())
        return violation(std::string{fault}, call.effects);
    const auto request = take_request(message.request_id);
    if (!request) return violation("it opened a channel that was not asked for", call.effects);
    if (request->is_abandoned) {
        sv2::append_frame(
            sv2::CloseChannel{.channel_id = message.channel_id, .reason_code = "not-needed"},
            call.effects.frames);
        return;
    }
    auto owned = std::make_unique<ClientChannel>();
    auto& channel = *owned;
    channel.handle = request->channel;
    channel.id = message.channel_id;
    channel.target = target_from(message.target);
    channel.extranonce_size = message.extranonce_size;
    channel.prefix = std::make_shared<const base::Bytes>(base::to_bytes(message.extranonce_prefix));
    channel.told_prefix = channel.prefix;
    channel.first_job = job_names_.last() + 1;
    has_opened_ = true;
    if (channels_.empty() && !pulse_.answers_probes()) probe(call.effects);
    channels_.emplace(message.channel_id.value, std::move(owned));
    join(channel, message.group_channel_id);
    if (!has_worked_ && !idle_since_) idle_since_ = call.now;
    call.effects.events.emplace_back(pool_event::Opened{
        .channel = channel.handle, .id = channel.id, .terms = terms_of(channel)});
}

ChannelTerms PoolClient::terms_of(const ClientChannel& channel) const {
    return {.extranonce_prefix = channel.told_prefix,
            .extranonce_size = channel.extranonce_size,
            .target = channel.target,
            .is_version_fixed = has_fixed_version_};
}

void PoolClient::handle(const sv2::OpenMiningChannelError& message, Call call) {
    const auto request = take_request(message.request_id);
    if (!request || request->is_abandoned) return;
    call.effects.events.emplace_back(
        pool_event::Refused{.channel = request->channel, .code = printable(message.error_code)});
}

void PoolClient::update(sv2::ChannelId id, double nominal_hash_rate_hps,
                        const bitcoin::Target& max_target, PoolEffects& effects) {
    if (find(id) == nullptr) return;
    sv2::append_frame(sv2::UpdateChannel{.channel_id = id,
                                         .nominal_hash_rate = rate_to_wire(nominal_hash_rate_hps),
                                         .maximum_target = to_wire(max_target)},
                      effects.frames);
}

void PoolClient::close(sv2::ChannelId id, std::string_view reason, base::SteadyTime now,
                       PoolEffects& effects) {
    auto* const channel = find(id);
    if (channel == nullptr) return;
    give_up_shares(*channel, {now, effects});
    sv2::append_frame(sv2::CloseChannel{.channel_id = id, .reason_code = reason}, effects.frames);
    erase(id);
}

void PoolClient::handle(const sv2::CloseChannel& message, Call call) {
    std::vector<sv2::ChannelId> ids;
    if (find(message.channel_id) != nullptr)
        ids.push_back(message.channel_id);
    else if (const auto* group = find_group(message.channel_id))
        for (const auto* member : group->members) ids.push_back(member->id);
    for (const auto id : ids) {
        auto& channel = *find(id);
        give_up_shares(channel, call);
        call.effects.events.emplace_back(
            pool_event::Closed{.channel = channel.handle, .code = printable(message.reason_code)});
        erase(id);
    }
}

void PoolClient::handle(const sv2::SetGroupChannel& message, Call call) {
    if (find(message.group_channel_id) != nullptr)
        return violation("it made a group of a channel", call.effects);
    // One that is not open may be closing.
    for (const auto id : message.channel_ids)
        if (auto* channel = find(id)) join(*channel, message.group_channel_id);
}

void PoolClient::handle(const sv2::SetTarget& message, Call) {
    const auto target = target_from(message.maximum_target);
    if (auto* channel = find(message.channel_id))
        channel->target = target;
    else if (auto* group = find_group(message.channel_id))
        for (auto* member : group->members) member->target = target;
}

void PoolClient::handle(const sv2::SetExtranoncePrefix& message, Call call) {
    auto* channel = find(message.channel_id);
    if (channel == nullptr) return;
    if (message.extranonce_prefix.size() + channel->extranonce_size > sv2::B0_32::size_max) {
        // It is of no use any more, but the others are (reference 8.40).
        const auto handle = channel->handle;
        close(message.channel_id, "extranonce-too-long", call.now, call.effects);
        call.effects.events.emplace_back(
            pool_event::Closed{.channel = handle, .code = "extranonce-too-long"});
        return;
    }
    channel->old_prefixes.push_back({.prefix = channel->prefix, .until = moment_});
    channel->prefix =
        std::make_shared<const base::Bytes>(base::to_bytes(message.extranonce_prefix));
}

void PoolClient::join(ClientChannel& channel, sv2::ChannelId group) {
    if (channel.group == group) return;
    if (auto* old = find_group(channel.group)) {
        // What it has been sent as a member it still holds.
        for (const auto& job : old->future_jobs.all()) channel.future_jobs.add(job);
        leave(channel);
    }
    channel.group = group;
    if (group.value == 0) return;  // peers of before 2026 have none
    auto& members = groups_[group.value].members;
    channel.index_in_group = members.size();
    members.push_back(&channel);
}

void PoolClient::leave(ClientChannel& channel) {
    const auto found = groups_.find(channel.group.value);
    if (found == groups_.end()) return;
    auto& members = found->second.members;
    auto* const last = members.back();
    members[channel.index_in_group] = last;
    last->index_in_group = channel.index_in_group;
    members.pop_back();
    if (members.empty()) groups_.erase(found);
}

void PoolClient::erase(sv2::ChannelId id) {
    const auto found = channels_.find(id.value);
    leave(*found->second);
    channels_.erase(found);
    if (channels_.empty()) idle_since_.reset();
}

std::vector<ChannelHandle> PoolClient::handles() const {
    std::vector<ChannelHandle> handles;
    handles.reserve(channels_.size());
    for (const auto& [id, channel] : channels_) handles.push_back(channel->handle);
    return handles;
}

}  // namespace translator
