#include <utility>

#include "base/planted_fault.h"
#include "sv2/codec.h"
#include "sv2/tlv.h"
#include "translator/pool_client.h"
#include "translator/printable.h"

namespace translator {
namespace {

/// Codes are not promised by anybody (Sv2 3.5): these are the ones that pools use.
Verdict verdict_of(std::string_view code) {
    if (code == sv2::error_code::stale_share || code == sv2::error_code::invalid_job_id)
        return Verdict::stale;
    if (code == sv2::error_code::duplicate_share) return Verdict::duplicate;
    if (code == sv2::error_code::difficulty_too_low || code == "too-low-difficulty")
        return Verdict::low;
    return Verdict::rejected;
}

}  // namespace

bool PoolClient::submit(sv2::ChannelId id, const ChannelShare& share, ShareTicket ticket,
                        base::SteadyTime now, PoolEffects& effects) {
    auto* const channel = find(id);
    if (channel == nullptr || share.job_id < channel->first_job ||
        share.extranonce.size() != channel->extranonce_size)
        return false;
    const auto job = job_names_.find(share.job_id);
    if (!job) return false;
    tlvs_.clear();
    if (tells_workers_) sv2::append_user_identity(share.worker, tlvs_);
    auto& shares = channel->shares;
    const auto send = [&] {
        sv2::append_frame(
            sv2::SubmitSharesExtended{.channel_id = id,
                                      .sequence_number = ++channel->last_sequence_number,
                                      .job_id = *job,
                                      .nonce = share.nonce,
                                      .ntime = share.ntime,
                                      .version = share.version,
                                      .extranonce = share.extranonce},
            effects.frames, tlvs_);
    };
    send();
    // "It has not answered: perhaps it did not get it."
    if (base::is_planted(base::Fault::share_sent_twice) && !shares.is_empty() &&
        now - shares.oldest().sent_at > std::chrono::seconds{1})
        send();
    if (shares.size() >= unanswered_max)
        shares.accept(shares.oldest().sequence_number, 1, [&](const auto& oldest) {
            answer(*channel, oldest, Verdict::unknown, {}, {now, effects});
        });
    shares.add(
        {.sequence_number = channel->last_sequence_number, .ticket = ticket, .sent_at = now});
    return true;
}

void PoolClient::answer(const ClientChannel& channel, const UnansweredShares::Share& share,
                        Verdict verdict, std::string_view code, Call call) {
    call.effects.events.emplace_back(pool_event::ShareAnswered{.channel = channel.handle,
                                                               .ticket = share.ticket,
                                                               .verdict = verdict,
                                                               .code = printable(code),
                                                               .waited = call.now - share.sent_at});
}

void PoolClient::give_up_shares(ClientChannel& channel, Call call) {
    channel.shares.expire(base::SteadyTime::max(), [&](const auto& share) {
        answer(channel, share, Verdict::unknown, {}, call);
    });
}

void PoolClient::handle(const sv2::SubmitSharesSuccess& message, Call call) {
    auto* const channel = find(message.channel_id);
    if (channel == nullptr) return;  // closed: nobody waits for the answer
    const auto answered = channel->shares.accept(
        message.last_sequence_number, message.new_submits_accepted_count,
        [&](const auto& share) { answer(*channel, share, Verdict::accepted, {}, call); });
    if (answered != message.new_submits_accepted_count) ++call.effects.oddities;
}

void PoolClient::handle(const sv2::SubmitSharesError& message, Call call) {
    auto* const channel = find(message.channel_id);
    if (channel == nullptr) return;
    UnansweredShares::Share share;
    if (channel->shares.take(message.sequence_number, share))
        answer(*channel, share, verdict_of(message.error_code), message.error_code, call);
    else
        ++call.effects.oddities;
}

}  // namespace translator
