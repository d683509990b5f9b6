#include "gateway/session.h"

#include <utility>

#include "gateway/session_send.h"
#include "sv2/codec.h"
#include "sv2/dispatch.h"
#include "sv2/error_codes.h"

namespace gateway {
namespace {

// What the maps take for a channel, and the longest user_identity.
constexpr std::size_t per_channel_overhead = 128 + sv2::Str0_255::size_max;

}  // namespace

Session::Session(std::string peer, ChannelKeys& keys, WorkBook& work, Limits limits,
                 MiningPolicy policy)
    : peer_(std::move(peer)),
      keys_(keys),
      work_(work),
      limits_(std::move(limits)),
      policy_(policy),
      extensions_(limits_.required_extensions),
      to_acknowledge_(policy.hold) {}

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
    const auto flags = answer_setup(*setup, policy_);
    if (!flags) {
        send(sv2::SetupConnectionError{.flags = flags.error().flags,
                                       .error_code = flags.error().error_code},
             effects);
        effects.close = flags.error().error_code;
        return;
    }
    is_set_up_ = true;
    keep_device(*setup);
    flags_ = *flags;
    send(sv2::SetupConnectionSuccess{.used_version = sv2::protocol_version,
                                     .flags = server_flags(policy_)},
         effects);
}

std::size_t Session::memory() const {
    const auto channels = channels_.size() + closed_.size() + closed_before_.size();
    return sizeof(Session) + device_.capacity() +
           channels * (sizeof(Channel) + per_channel_overhead) +
           opens_.size() * (sizeof(PendingOpen) + per_channel_overhead) +
           groups_.size() * (sizeof(Group) + per_channel_overhead) +
           jobs_.size() * (sizeof(SentJob) + TargetHistory::change_size) + jobs_.custom_bytes();
}

bool Session::on_end(std::size_t at_most, Effects& effects) {
    const auto close = [&](std::uint64_t key) {
        effects.events.emplace_back(bus::ChannelClose{{key}, "connection-ended"});
    };
    auto ended = by_key_.begin();
    for (; at_most != 0 && ended != by_key_.end(); --at_most, ++ended) {
        close(ended->first);
        channels_.erase(ended->second->id.value);
    }
    by_key_.erase(by_key_.begin(), ended);
    // An open that no worker has seen yet is closed by the event that comes right behind it.
    for (; at_most != 0 && !opens_.empty(); --at_most) {
        close(opens_.begin()->first);
        opens_.erase(opens_.begin());
    }
    return by_key_.empty() && opens_.empty();
}

}  // namespace gateway
