#include "translator/pool_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "sv2/codec.h"
#include "sv2/dispatch.h"
#include "sv2/limits.h"
#include "sv2/message_table.h"
#include "sv2/print.h"
#include "sv2/setup_flags.h"
#include "sv2/tlv.h"
#include "translator/printable.h"

namespace translator {
namespace {

constexpr sv2::ExtensionRequestId extension_request{1};
/// No pool gives this id.
constexpr sv2::ChannelId probe_id{0xffff'ffff};

/// What a connection hears from a pool. ChannelEndpointChanged concerns extensions only, and
/// standard channels and custom jobs are never asked for: these are passed over.
using FromPool =
    sv2::MessageList<sv2::SetupConnectionSuccess, sv2::SetupConnectionError, sv2::Reconnect,
                     sv2::OpenExtendedMiningChannelSuccess, sv2::OpenMiningChannelError,
                     sv2::UpdateChannelError, sv2::CloseChannel, sv2::SetExtranoncePrefix,
                     sv2::SubmitSharesSuccess, sv2::SubmitSharesError, sv2::NewExtendedMiningJob,
                     sv2::SetNewPrevHash, sv2::SetTarget, sv2::SetGroupChannel>;

}  // namespace

std::string_view failure_name(PoolFailure::Kind kind) {
    using Kind = PoolFailure::Kind;
    switch (kind) {
        case Kind::violation: return "violation";
        case Kind::refused: return "refused";
        case Kind::no_version_rolling: return "no-version-rolling";
        case Kind::no_extensions: return "no-extensions";
        case Kind::late: return "late";
        case Kind::silent: return "silent";
    }
    return "unknown";
}

PoolClient::PoolClient(Settings settings, JobCounter& counter, base::SteadyTime now)
    : settings_(std::move(settings)),
      job_names_(counter),
      pulse_(settings_.answers_probes, now),
      state_since_(now) {}

void PoolClient::on_connected(PoolEffects& effects) {
    state_ = State::setting_up;
    sv2::append_frame(
        sv2::SetupConnection{
            .protocol = sv2::Protocol::mining,
            .min_version = sv2::protocol_version,
            .max_version = sv2::protocol_version,
            .flags = settings_.requires_version_rolling
                         ? sv2::mining_client_flag::requires_version_rolling
                         : 0U,
            .endpoint_host = std::string_view{settings_.host}.substr(0, sv2::Str0_255::size_max),
            .endpoint_port = settings_.port,
            .vendor = "adit",
            .hardware_version = "translator",
            .firmware = "adit-translator"},
        effects.frames);
}

void PoolClient::on_frame(const sv2::FrameHeader& header, base::ByteView payload,
                          base::SteadyTime now, PoolEffects& effects) {
    if (state_ == State::over) return;
    ++moment_;
    pulse_.on_heard(now);
    const auto verdict = sv2::dispatch(header, sv2::Protocol::mining, sv2::Role::client);
    if (verdict != sv2::Dispatch::process) ++effects.oddities;
    if (sv2::is_anomaly(verdict) && ++anomalies_ > sv2::limits::anomalies_per_connection_max)
        return violation(fmt::format("too many messages out of place, the last one {:#04x}: {}",
                                     header.message_type, sv2::dispatch_name(verdict)),
                         effects);
    if (verdict != sv2::Dispatch::process && verdict != sv2::Dispatch::process_wrong_channel_bit)
        return;
    on_message(header, payload, {now, effects});
}

void PoolClient::on_message(const sv2::FrameHeader& header, base::ByteView payload, Call call) {
    if (header.extension_type == sv2::negotiation_extension) {
        if (state_ != State::extending) return;  // nothing was asked, or not any more
        if (header.message_type == sv2::RequestExtensionsSuccess::info.message_type)
            decode_and_handle<sv2::RequestExtensionsSuccess>(payload, call);
        else
            decode_and_handle<sv2::RequestExtensionsError>(payload, call);
        return;
    }
    const bool is_setup = header.message_type == sv2::SetupConnectionSuccess::info.message_type ||
                          header.message_type == sv2::SetupConnectionError::info.message_type;
    if (is_setup != (state_ == State::setting_up))
        return violation("SetupConnection is answered twice, or after other messages",
                         call.effects);
    const auto try_as = [&]<class... M>(sv2::MessageList<M...>) {
        static_cast<void>(((M::info.message_type == header.message_type &&
                            (decode_and_handle<M>(payload, call), true)) ||
                           ...));
    };
    try_as(FromPool{});
}

template <class M>
void PoolClient::decode_and_handle(base::ByteView payload, Call call) {
    const auto message = sv2::decode<M>(payload);
    if (!message)
        violation(fmt::format("a malformed {}: {}", M::info.name, sv2::error_name(message.error())),
                  call.effects);
    else
        handle(*message, call);
}

void PoolClient::handle(const sv2::SetupConnectionSuccess& message, Call call) {
    if (message.used_version != sv2::protocol_version)
        return violation(fmt::format("it chose protocol version {}", message.used_version),
                         call.effects);
    has_fixed_version_ = (message.flags & sv2::mining_server_flag::requires_fixed_version) != 0;
    if (!settings_.asks_for_workers) return set_up(call);
    static constexpr std::array wanted{sv2::worker_identity_extension};
    sv2::append_frame(
        sv2::RequestExtensions{.request_id = extension_request,
                               .requested_extensions = std::span<const std::uint16_t>{wanted}},
        call.effects.frames);
    state_ = State::extending;
    state_since_ = call.now;
    waits_for_extensions_ = true;
}

void PoolClient::handle(const sv2::SetupConnectionError& message, Call call) {
    const bool is_about_rolling =
        settings_.requires_version_rolling &&
        (message.flags & sv2::mining_client_flag::requires_version_rolling) != 0;
    fail(is_about_rolling ? PoolFailure::Kind::no_version_rolling : PoolFailure::Kind::refused,
         fmt::format("it refuses the connection: {} (flags {:#x})", printable(message.error_code),
                     message.flags),
         call.effects);
}

void PoolClient::handle(const sv2::RequestExtensionsSuccess& message, Call call) {
    if (message.request_id != extension_request) return;
    tells_workers_ =
        std::ranges::any_of(message.supported_extensions.to_vector(),
                            [](std::uint16_t id) { return id == sv2::worker_identity_extension; });
    set_up(call);
}

void PoolClient::handle(const sv2::RequestExtensionsError& message, Call call) {
    if (message.request_id != extension_request) return;
    // What was asked for is all that we have.
    if (!message.required_extensions.empty())
        return fail(PoolFailure::Kind::refused,
                    fmt::format("it requires extension {:#06x}, which we do not have",
                                *message.required_extensions.begin()),
                    call.effects);
    set_up(call);
}

void PoolClient::set_up(Call call) {
    state_ = State::set_up;
    waits_for_extensions_ = false;
    state_since_ = call.now;
    call.effects.events.emplace_back(pool_event::SetUp{});
}

void PoolClient::handle(const sv2::Reconnect& message, Call call) {
    call.effects.reconnect = {.host = std::string{message.new_host}, .port = message.new_port};
}

void PoolClient::handle(const sv2::UpdateChannelError& message, Call) {
    // A channel's own update may be refused: what it had stays in force (Sv2 5.3.8).
    if (message.channel_id == probe_id) pulse_.on_probe_answered();
}

void PoolClient::on_tick(base::SteadyTime now, PoolEffects& effects) {
    check_deadlines(now, effects);
    if (state_ == State::set_up) check_pulse(now, effects);
}

void PoolClient::check_deadlines(base::SteadyTime now, PoolEffects& effects) {
    using Kind = PoolFailure::Kind;
    const auto age = now - state_since_;
    if (state_ == State::setting_up && age > setup_deadline)
        return fail(Kind::late, "it does not answer SetupConnection", effects);
    if (state_ == State::extending && age > extensions_deadline)
        return fail(Kind::no_extensions, "it does not answer RequestExtensions", effects);
    check_requests(now, effects);
    if (idle_since_ && now - *idle_since_ > first_job_deadline)
        return fail(Kind::late, "it gives no job", effects);
}

void PoolClient::check_requests(base::SteadyTime now, PoolEffects& effects) {
    for (auto& [id, request] : requests_) {
        const auto age = now - request.sent_at;
        if (age <= open_deadline) return;
        if (!has_opened_ || age > open_patience)
            return fail(PoolFailure::Kind::late, "it does not answer OpenExtendedMiningChannel",
                        effects);
        if (std::exchange(request.is_abandoned, true)) continue;
        effects.events.emplace_back(pool_event::Lost{request.channel});
    }
}

void PoolClient::check_pulse(base::SteadyTime now, PoolEffects& effects) {
    std::optional<base::SteadyTime> due_since;
    if (!requests_.empty()) due_since = requests_.begin()->second.sent_at;
    for (auto& [id, channel] : channels_) {
        if (channel->shares.is_empty()) continue;
        channel->shares.expire(now - answer_deadline, [&](const auto& share) {
            answer(*channel, share, Verdict::unknown, {}, {now, effects});
        });
        if (channel->shares.is_empty()) continue;
        const auto sent_at = channel->shares.oldest().sent_at;
        due_since = due_since ? std::min(*due_since, sent_at) : sent_at;
    }
    switch (pulse_.advise(now, due_since)) {
        case Pulse::Advice::none: return;
        case Pulse::Advice::probe: return probe(effects);
        case Pulse::Advice::dead:
            return fail(PoolFailure::Kind::silent, "nothing comes from it any more", effects);
    }
}

void PoolClient::probe(PoolEffects& effects) {
    sv2::append_frame(sv2::UpdateChannel{.channel_id = probe_id}, effects.frames);
}

void PoolClient::on_end(base::SteadyTime now, PoolEffects& effects) {
    state_ = State::over;
    for (auto& [id, channel] : channels_) {
        give_up_shares(*channel, {now, effects});
        effects.events.emplace_back(pool_event::Lost{channel->handle});
    }
    for (const auto& [id, request] : requests_)
        if (!request.is_abandoned) effects.events.emplace_back(pool_event::Lost{request.channel});
    channels_.clear();
    groups_.clear();
    requests_.clear();
}

void PoolClient::fail(PoolFailure::Kind kind, std::string why, PoolEffects& effects) {
    if (!effects.failure) effects.failure = {kind, std::move(why)};
    // Nothing that follows is looked at; on_end() says what is lost.
    state_ = State::over;
}

ClientChannel* PoolClient::find(sv2::ChannelId id) {
    const auto found = channels_.find(id.value);
    return found == channels_.end() ? nullptr : found->second.get();
}

PoolClient::Group* PoolClient::find_group(sv2::ChannelId id) {
    const auto found = groups_.find(id.value);
    return found == groups_.end() ? nullptr : &found->second;
}

}  // namespace translator
