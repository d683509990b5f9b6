#include "miner/sv2_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "miner/printable.h"
#include "sv2/codec.h"
#include "sv2/dispatch.h"
#include "sv2/limits.h"
#include "sv2/message_table.h"
#include "sv2/setup_flags.h"
#include "sv2/tlv.h"

namespace miner {
namespace {

// More unanswered shares on one channel mean that the pool has stopped answering.
constexpr std::size_t pending_max = 65'536;

constexpr sv2::U256 any_target = [] {
    sv2::U256 target{};
    target.fill(std::byte{0xff});
    return target;
}();

bitcoin::Target target_of(const sv2::U256& value) {
    return {.value = bitcoin::Uint256::from_bytes(value)};
}

}  // namespace

Sv2Client::Sv2Client(Sv2ClientConfig config, std::uint64_t connection)
    : config_(std::move(config)), connection_(connection) {}

Effects Sv2Client::on_connected(base::SteadyTime) {
    effects_.push_back(Send{sv2::encode(sv2::SetupConnection{
        .protocol = sv2::Protocol::mining,
        .min_version = sv2::protocol_version,
        .max_version = sv2::protocol_version,
        .flags =
            config_.requires_standard_jobs ? sv2::mining_client_flag::requires_standard_jobs : 0U,
        .endpoint_host = config_.host,
        .endpoint_port = config_.port,
        .vendor = "adit",
        .hardware_version = "cpu",
        .firmware = config_.firmware})});
    return take_effects();
}

template <class M>
void Sv2Client::decode_and_handle(base::ByteView payload, base::SteadyTime now) {
    const auto message = sv2::decode<M>(payload);
    if (!message)
        disconnect(fmt::format("the pool sent a malformed {}: {}", M::info.name,
                               sv2::error_name(message.error())),
                   false);
    else
        handle(*message, now);
}

Effects Sv2Client::on_message(base::ByteView frame, base::SteadyTime now) {
    if (is_over_ || frame.size() < sv2::frame_header_size) return take_effects();
    const auto header = sv2::decode_header(frame.first<sv2::frame_header_size>());
    const auto payload = frame.subspan(sv2::frame_header_size);
    const auto verdict = sv2::dispatch(header, sv2::Protocol::mining, sv2::Role::client);
    if (sv2::is_anomaly(verdict)) {
        if (anomalies_ == 0)
            warn(fmt::format("message {:#04x}: {}", header.message_type,
                             sv2::dispatch_name(verdict)));
        if (++anomalies_ > sv2::limits::anomalies_per_connection_max)
            disconnect("the pool sent too many messages out of place", false);
    }
    if (verdict != sv2::Dispatch::process && verdict != sv2::Dispatch::process_wrong_channel_bit)
        return take_effects();
    if (header.extension_type == sv2::negotiation_extension) {
        on_negotiation(header, payload);
        return take_effects();
    }
    const bool is_setup = header.message_type == sv2::SetupConnectionSuccess::info.message_type ||
                          header.message_type == sv2::SetupConnectionError::info.message_type;
    if (is_setup == is_set_up_) {
        disconnect("the pool answered SetupConnection twice, or other messages first", false);
        return take_effects();
    }
    const auto try_as = [&]<class... M>(sv2::MessageList<M...>) {
        static_cast<void>(((M::info.message_type == header.message_type &&
                            (decode_and_handle<M>(payload, now), true)) ||
                           ...));
    };
    // ChannelEndpointChanged concerns extensions only and custom jobs are never set; both are
    // passed over.
    try_as(sv2::MessageList<sv2::SetupConnectionSuccess, sv2::SetupConnectionError, sv2::Reconnect,
                            sv2::OpenStandardMiningChannelSuccess,
                            sv2::OpenExtendedMiningChannelSuccess, sv2::OpenMiningChannelError,
                            sv2::UpdateChannelError, sv2::CloseChannel, sv2::SetExtranoncePrefix,
                            sv2::SubmitSharesSuccess, sv2::SubmitSharesError, sv2::NewMiningJob,
                            sv2::NewExtendedMiningJob, sv2::SetNewPrevHash, sv2::SetTarget,
                            sv2::SetGroupChannel>{});
    return take_effects();
}

void Sv2Client::handle(const sv2::SetupConnectionSuccess& message, base::SteadyTime now) {
    if (message.used_version != sv2::protocol_version) {
        disconnect(fmt::format("the pool chose protocol version {}", message.used_version), true);
        return;
    }
    is_set_up_ = true;
    has_fixed_version_ = (message.flags & sv2::mining_server_flag::requires_fixed_version) != 0;
    is_extended_only_ = (message.flags & sv2::mining_server_flag::requires_extended_channels) != 0;
    if (config_.worker.empty())
        request_channels();
    else
        request_extensions(now);
}

void Sv2Client::request_channels() {
    std::size_t index = 0;
    for (std::size_t i = 0; i < config_.standard_channels; ++i, ++index) {
        if (is_extended_only_)
            effects_.push_back(ChannelRefused{.channel = index,
                                              .kind = ChannelKind::standard,
                                              .error_code = "requires-extended-channels"});
        else
            open_channel(index, ChannelKind::standard);
    }
    for (std::size_t i = 0; i < config_.extended_channels; ++i, ++index)
        open_channel(index, ChannelKind::extended);
    if (requests_.empty()) disconnect("the pool accepts extended channels only", true);
}

void Sv2Client::open_channel(std::size_t index, ChannelKind kind) {
    const sv2::RequestId id{static_cast<std::uint32_t>(index + 1)};
    requests_.emplace(id, Request{.channel = index, .kind = kind});
    const std::string_view user =
        std::string_view{config_.users[index % config_.users.size()]}.substr(
            0, sv2::Str0_255::size_max);
    if (kind == ChannelKind::standard)
        effects_.push_back(Send{sv2::encode(
            sv2::OpenStandardMiningChannel{.request_id = id,
                                           .user_identity = user,
                                           .nominal_hash_rate = config_.nominal_hash_rate_hps,
                                           .max_target = any_target})});
    else
        effects_.push_back(Send{sv2::encode(
            sv2::OpenExtendedMiningChannel{.request_id = id,
                                           .user_identity = user,
                                           .nominal_hash_rate = config_.nominal_hash_rate_hps,
                                           .max_target = any_target,
                                           .min_extranonce_size = config_.min_extranonce_size})});
}

void Sv2Client::handle(const sv2::SetupConnectionError& message, base::SteadyTime) {
    disconnect(fmt::format("the pool refused the connection: {} (flags {:#x})",
                           printable(message.error_code), message.flags),
               true);
}

void Sv2Client::handle(const sv2::Reconnect& message, base::SteadyTime) {
    effects_.push_back(Redirect{.host = std::string{message.new_host}, .port = message.new_port});
    disconnect("the pool sent us elsewhere", false);
}

std::optional<Sv2Client::Request> Sv2Client::take_request(sv2::RequestId id) {
    const auto found = requests_.find(id);
    if (found == requests_.end()) {
        warn(fmt::format("an answer to request {}, which is not open", id.value));
        return std::nullopt;
    }
    const Request request = found->second;
    requests_.erase(found);
    return request;
}

void Sv2Client::add_channel(Channel::Opened opened) {
    const auto id = opened.id;
    if (find(id) != nullptr) {
        disconnect(fmt::format("the pool opened channel {} twice", id.value), false);
        return;
    }
    effects_.push_back(ChannelOpened{opened});
    channel_ids_.emplace(opened.index, id);
    channels_.emplace(id, Open{.channel = Channel{std::move(opened)}});
}

void Sv2Client::handle(const sv2::OpenStandardMiningChannelSuccess& message, base::SteadyTime) {
    const auto request = take_request(message.request_id);
    if (!request) return;
    if (request->kind != ChannelKind::standard) {
        disconnect("the pool opened a standard channel for an extended one", false);
        return;
    }
    add_channel({.connection = connection_,
                 .index = request->channel,
                 .kind = ChannelKind::standard,
                 .id = message.channel_id,
                 .group = message.group_channel_id,
                 .target = target_of(message.target),
                 .extranonce_prefix = base::to_bytes(message.extranonce_prefix)});
}

void Sv2Client::handle(const sv2::OpenExtendedMiningChannelSuccess& message, base::SteadyTime) {
    const auto request = take_request(message.request_id);
    if (!request) return;
    const std::size_t size = message.extranonce_prefix.size() + message.extranonce_size;
    if (request->kind != ChannelKind::extended || size > sv2::B0_32::size_max ||
        message.extranonce_size < config_.min_extranonce_size) {
        disconnect(fmt::format("the pool opened an extended channel with {} bytes to roll of {}, "
                               "where {} were asked for",
                               message.extranonce_size, size, config_.min_extranonce_size),
                   false);
        return;
    }
    add_channel({.connection = connection_,
                 .index = request->channel,
                 .kind = ChannelKind::extended,
                 .id = message.channel_id,
                 .group = message.group_channel_id,
                 .target = target_of(message.target),
                 .extranonce_prefix = base::to_bytes(message.extranonce_prefix),
                 .extranonce_size = message.extranonce_size});
}

void Sv2Client::handle(const sv2::OpenMiningChannelError& message, base::SteadyTime) {
    const auto request = take_request(message.request_id);
    if (!request) return;
    last_refusal_ = printable(message.error_code);
    effects_.push_back(ChannelRefused{
        .channel = request->channel, .kind = request->kind, .error_code = last_refusal_});
    disconnect_if_idle();
}

void Sv2Client::disconnect_if_idle() {
    if (!channels_.empty() || !requests_.empty()) return;
    if (last_refusal_.empty())
        disconnect("the pool closed every channel", false);
    else
        disconnect(fmt::format("the pool opened no channel: {}", last_refusal_), true);
}

void Sv2Client::handle(const sv2::UpdateChannelError& message, base::SteadyTime) {
    warn(fmt::format("UpdateChannel.Error on channel {}: {}", message.channel_id.value,
                     printable(message.error_code)));
}

void Sv2Client::close_channel(sv2::ChannelId id, std::string_view reason_code) {
    const auto found = channels_.find(id);
    if (found == channels_.end()) return;
    const std::size_t index = found->second.channel.opened().index;
    effects_.push_back(ClearWork{.channel = index});
    effects_.push_back(ChannelClosed{.channel = index,
                                     .channel_id = id,
                                     .reason_code = printable(reason_code),
                                     .unanswered = found->second.pending.size()});
    channel_ids_.erase(index);
    channels_.erase(found);
}

void Sv2Client::handle(const sv2::CloseChannel& message, base::SteadyTime) {
    std::vector<sv2::ChannelId> ids;
    for (const auto* open : addressed_by(message.channel_id))
        ids.push_back(open->channel.opened().id);
    for (const auto id : ids) close_channel(id, message.reason_code);
    disconnect_if_idle();
}

void Sv2Client::handle(const sv2::SetExtranoncePrefix& message, base::SteadyTime) {
    auto* const open = find(message.channel_id);
    if (open == nullptr) {
        warn(fmt::format("SetExtranoncePrefix for {}, which is no channel",
                         message.channel_id.value));
        return;
    }
    if (open->channel.on_extranonce_prefix(message.extranonce_prefix)) return;
    const auto id = open->channel.opened().id;
    effects_.push_back(Send{
        sv2::encode(sv2::CloseChannel{.channel_id = id, .reason_code = "extranonce-too-long"})});
    close_channel(id, "extranonce-too-long");
    disconnect_if_idle();
}

void Sv2Client::handle(const sv2::SubmitSharesSuccess& message, base::SteadyTime now) {
    auto* const open = find(message.channel_id);
    if (open == nullptr) {
        warn(fmt::format("SubmitShares.Success for {}, which is no channel",
                         message.channel_id.value));
        return;
    }
    SharesAccepted accepted{.answer = message};
    // Sequence numbers only grow, so the oldest shares are the ones acknowledged.
    while (!open->pending.empty() && accepted.waited.size() < message.new_submits_accepted_count &&
           open->pending.front().sequence_number <= message.last_sequence_number) {
        accepted.waited.push_back(now - open->pending.front().submitted_at);
        open->pending.pop_front();
    }
    if (accepted.waited.size() != message.new_submits_accepted_count)
        warn(
            fmt::format("SubmitShares.Success on channel {} for {} shares up to {}, of which {} "
                        "were waiting",
                        message.channel_id.value, message.new_submits_accepted_count,
                        message.last_sequence_number, accepted.waited.size()));
    effects_.push_back(std::move(accepted));
}

void Sv2Client::handle(const sv2::SubmitSharesError& message, base::SteadyTime now) {
    auto* const open = find(message.channel_id);
    if (open == nullptr) {
        warn(fmt::format("SubmitShares.Error for {}, which is no channel: {}",
                         message.channel_id.value, printable(message.error_code)));
        return;
    }
    const auto found = std::find_if(
        open->pending.begin(), open->pending.end(),
        [&](const Pending& pending) { return pending.sequence_number == message.sequence_number; });
    if (found == open->pending.end()) {
        warn(fmt::format("SubmitShares.Error on channel {} for share {}, which was not waiting: {}",
                         message.channel_id.value, message.sequence_number,
                         printable(message.error_code)));
        return;
    }
    const auto waited = now - found->submitted_at;
    open->pending.erase(found);
    effects_.push_back(ShareRejected{.channel_id = message.channel_id,
                                     .sequence_number = message.sequence_number,
                                     .error_code = printable(message.error_code),
                                     .waited = waited});
}

void Sv2Client::give_job(Channel& channel, Job job, const std::optional<std::uint32_t>& min_ntime,
                         base::SteadyTime now) {
    if (!min_ntime)
        channel.on_future_job(std::move(job));
    else
        apply(channel, channel.on_active_job(std::move(job), *min_ntime, now),
              "an active job before the first SetNewPrevHash");
}

void Sv2Client::apply(const Channel& channel, Channel::Change change, std::string_view what) {
    switch (change) {
        case Channel::Change::none: return;
        case Channel::Change::work: effects_.push_back(SetWork{channel.work()}); return;
        case Channel::Change::idle:
            effects_.push_back(ClearWork{.channel = channel.opened().index});
            warn(fmt::format("channel {} has nothing to do: {}", channel.opened().id.value, what));
            return;
    }
}

void Sv2Client::handle(const sv2::NewMiningJob& message, base::SteadyTime now) {
    auto* const open = find(message.channel_id);
    if (open == nullptr || open->channel.opened().kind != ChannelKind::standard) {
        warn(fmt::format("NewMiningJob for {}, which is no standard channel",
                         message.channel_id.value));
        return;
    }
    give_job(open->channel,
             {.id = message.job_id,
              .version = message.version,
              .may_roll_version = !has_fixed_version_,
              .root = bitcoin::Uint256::from_bytes(message.merkle_root)},
             message.min_ntime, now);
}

void Sv2Client::handle(const sv2::NewExtendedMiningJob& message, base::SteadyTime now) {
    const auto* const direct = find(message.channel_id);
    if (direct != nullptr && direct->channel.opened().kind == ChannelKind::standard) {
        warn(fmt::format("NewExtendedMiningJob for {}, which is a standard channel",
                         message.channel_id.value));
        return;
    }
    auto coinbase = std::make_shared<Coinbase>();
    coinbase->prefix = base::to_bytes(message.coinbase_tx_prefix);
    coinbase->suffix = base::to_bytes(message.coinbase_tx_suffix);
    for (const auto node : message.merkle_path)
        coinbase->merkle_path.push_back(bitcoin::Uint256::from_bytes(node));
    const std::shared_ptr<const Coinbase> shared = std::move(coinbase);
    for (auto* open : addressed_by(message.channel_id))
        give_job(open->channel,
                 {.id = message.job_id,
                  .version = message.version,
                  .may_roll_version = message.version_rolling_allowed && !has_fixed_version_,
                  .root = shared},
                 message.min_ntime, now);
}

void Sv2Client::handle(const sv2::SetNewPrevHash& message, base::SteadyTime now) {
    const Channel::Tip tip{.prev_hash = {bitcoin::Uint256::from_bytes(message.prev_hash)},
                           .nbits = message.nbits};
    for (auto* open : addressed_by(message.channel_id))
        apply(open->channel,
              open->channel.on_new_prev_hash(message.job_id, tip, message.min_ntime, now),
              "SetNewPrevHash names a job that was not sent");
}

void Sv2Client::handle(const sv2::SetTarget& message, base::SteadyTime) {
    for (auto* open : addressed_by(message.channel_id))
        open->channel.on_target(target_of(message.maximum_target));
}

void Sv2Client::handle(const sv2::SetGroupChannel& message, base::SteadyTime) {
    for (const auto id : message.channel_ids) {
        if (auto* const open = find(id); open != nullptr)
            open->channel.join_group(message.group_channel_id);
        else
            warn(fmt::format("SetGroupChannel moves {}, which is no channel", id.value));
    }
}

Effects Sv2Client::on_share_found(const FoundShare& share, base::SteadyTime now) {
    const auto id = channel_ids_.find(share.channel);
    if (id == channel_ids_.end()) return {};
    // Found while the tip was changing: stale.
    if (share.tip != channels_.at(id->second).channel.tip()) return {};
    return submit(share, now);
}

Effects Sv2Client::submit(const FoundShare& share, base::SteadyTime since) {
    const auto id = channel_ids_.find(share.channel);
    if (is_over_ || share.connection != connection_ || id == channel_ids_.end()) return {};
    auto& open = channels_.at(id->second);
    if (open.pending.size() == pending_max) {
        disconnect(fmt::format("the pool has left {} shares unanswered", pending_max), false);
        return take_effects();
    }
    const std::uint32_t sequence_number = ++open.last_sequence_number;
    open.pending.push_back({.sequence_number = sequence_number, .submitted_at = since});
    effects_.push_back(ShareSubmitted{
        .share = share, .channel_id = id->second, .sequence_number = sequence_number});
    base::Bytes tlv_area;
    if (has_worker_identity_) sv2::append_user_identity(config_.worker, tlv_area);
    if (open.channel.opened().kind == ChannelKind::standard)
        effects_.push_back(
            Send{sv2::encode(sv2::SubmitSharesStandard{.channel_id = id->second,
                                                       .sequence_number = sequence_number,
                                                       .job_id = share.job_id,
                                                       .nonce = share.header.nonce,
                                                       .ntime = share.header.ntime,
                                                       .version = share.header.version})});
    else
        effects_.push_back(
            Send{sv2::encode(sv2::SubmitSharesExtended{.channel_id = id->second,
                                                       .sequence_number = sequence_number,
                                                       .job_id = share.job_id,
                                                       .nonce = share.header.nonce,
                                                       .ntime = share.header.ntime,
                                                       .version = share.header.version,
                                                       .extranonce = share.extranonce},
                             tlv_area)});
    return take_effects();
}

std::uint64_t Sv2Client::outstanding() const {
    std::uint64_t count = 0;
    for (const auto& [id, open] : channels_) count += open.pending.size();
    return count;
}

std::optional<base::SteadyTime> Sv2Client::waiting_since() const {
    std::optional<base::SteadyTime> since;
    for (const auto& [id, open] : channels_)
        if (!open.pending.empty())
            since = std::min(since.value_or(open.pending.front().submitted_at),
                             open.pending.front().submitted_at);
    return since;
}

Sv2Client::Open* Sv2Client::find(sv2::ChannelId id) {
    const auto found = channels_.find(id);
    return found == channels_.end() ? nullptr : &found->second;
}

std::vector<Sv2Client::Open*> Sv2Client::addressed_by(sv2::ChannelId id) {
    std::vector<Open*> addressed;
    if (auto* const open = find(id); open != nullptr) {
        addressed.push_back(open);
        return addressed;
    }
    for (auto& [channel_id, open] : channels_)
        if (id.value != 0 && open.channel.opened().group == id) addressed.push_back(&open);
    if (addressed.empty())
        warn(fmt::format("a message for {}, which is neither channel nor group", id.value));
    return addressed;
}

void Sv2Client::warn(std::string text) {
    effects_.push_back(Warning{.text = std::move(text)});
}

void Sv2Client::disconnect(std::string reason, bool is_refusal) {
    if (is_over_) return;
    is_over_ = true;
    effects_.push_back(Disconnect{.reason = std::move(reason), .is_refusal = is_refusal});
}

Effects Sv2Client::take_effects() {
    return std::exchange(effects_, {});
}

}  // namespace miner
