#include <algorithm>
#include <string_view>

#include "gateway/session.h"
#include "gateway/session_send.h"

namespace gateway {

void Session::on_submit_standard(base::ByteView payload, base::UnixMicros now, Effects& effects) {
    const auto submit = sv2::decode<sv2::SubmitSharesStandard>(payload);
    if (!submit) return malformed(submit.error(), effects);
    this->submit(submit->channel_id, mining::ChannelKind::standard, submit->job_id,
                 {.sequence_number = submit->sequence_number,
                  .nonce = submit->nonce,
                  .ntime = submit->ntime,
                  .version = submit->version,
                  .extranonce = {},
                  .state = {},
                  .received_at = now},
                 {}, effects);
}

void Session::on_submit_extended(base::ByteView payload, base::UnixMicros now, Effects& effects) {
    const auto decoded = sv2::decode_with_tlvs<sv2::SubmitSharesExtended>(payload);
    if (!decoded) return malformed(decoded.error(), effects);
    const auto* submit = &decoded->message;
    const auto extranonce = mining::Extranonce::from(submit->extranonce);
    if (!extranonce) return violation("malformed", effects);  // B0_32 cannot be longer
    std::string_view worker;
    if (!take_worker(decoded->tlv_area, worker, effects))
        return refuse_share(submit->channel_id, submit->sequence_number,
                            mining::ShareError::invalid_share, effects);
    this->submit(submit->channel_id, mining::ChannelKind::extended, submit->job_id,
                 {.sequence_number = submit->sequence_number,
                  .nonce = submit->nonce,
                  .ntime = submit->ntime,
                  .version = submit->version,
                  .extranonce = *extranonce,
                  .state = {},
                  .received_at = now},
                 worker, effects);
}

/// Stamps a share with what its job is now, and joins the job with the channel's history: prefix as
/// of sending, target as of activation (architecture D1). What names no job is answered here.
void Session::submit(sv2::ChannelId id, mining::ChannelKind kind, sv2::JobId job_id,
                     mining::SubmittedShare share, std::string_view worker, Effects& effects) {
    using mining::JobState;
    Channel* channel = nullptr;
    bool is_closed = false;
    if (const auto open = channels_.find(id.value); open != channels_.end()) {
        channel = open->second.get();
    } else {
        is_closed = true;
        for (const auto* closed : {&closed_, &closed_before_})
            if (const auto found = closed->find(id.value); found != closed->end())
                channel = found->second.get();
        const bool was_open = id.value != 0 && id.value <= last_id_;
        if (channel == nullptr && was_open) return;  // closed long ago: silence (reference 8.34)
    }
    if (channel == nullptr || channel->info.kind != kind)
        return refuse_share(id, share.sequence_number, mining::ShareError::invalid_channel_id,
                            effects);

    const auto* job = jobs_.find(job_id);
    const bool holds_it =
        job != nullptr && job->sent_at >= channel->opened_at &&
        (job->scope == channel->id || job->scope == channel->groups.at(job->sent_at)) &&
        job->activated_at >= channel->opened_at;
    if (!holds_it || job->state == SentJob::State::future) {
        const auto error = jobs_.is_forgotten(job_id) ? mining::ShareError::stale_share
                                                      : mining::ShareError::invalid_job_id;
        if (!is_closed) refuse_share(id, share.sequence_number, error, effects);
        return;
    }
    if (is_closed)
        share.state = JobState::closed;
    else if (job->state == SentJob::State::stale)
        share.state = JobState::stale;
    else if (job->id == channel->latest_job)
        share.state = JobState::active;
    else
        share.state = JobState::past;

    tally_.last_share_at = share.received_at;
    const auto& target = channel->targets.at(job->activated_at);
    const auto& current = channel->targets.current();
    const auto* custom = jobs_.custom(*job);
    if (!is_closed) ++channel->unanswered;
    const bool is_eased = job->was_future && target < current;
    effects.shares.push_back(
        {.channel = &channel->info,
         .outputs = job->outputs.get(),
         .custom_job = custom == nullptr ? nullptr : &custom->job,
         .job = {.channel = channel->info.key,
                 .kind = kind,
                 .job_id = job->id.value,
                 .template_ref = job->template_ref,
                 .custom_job = custom == nullptr ? mining::CustomJobId{} : custom->id,
                 .variant = job->variant,
                 .outputs_id = job->outputs_id,
                 .extranonce_size = channel->info.extranonce_size,
                 .extranonce_prefix = channel->extranonce_prefix,
                 .target = target,
                 .eased_target = is_eased ? std::optional{current} : std::nullopt,
                 .version_rolling_allowed = job->version_rolling_allowed},
         .share = share,
         .worker = worker});
}

void Session::refuse_share(sv2::ChannelId channel, std::uint32_t sequence_number,
                           mining::ShareError error, Effects& effects) {
    send(sv2::SubmitSharesError{.channel_id = channel,
                                .sequence_number = sequence_number,
                                .error_code = mining::error_code(error)},
         effects);
    effects.refused.push_back(error);
    ++tally_.rejected;
}

void Session::on_verdict(mining::ChannelKey key, std::uint32_t sequence_number,
                         const bus::Verdict& verdict, Effects& effects) {
    const auto found = by_key_.find(key.value);
    if (found == by_key_.end()) return;  // closed meanwhile: nobody waits for the answer
    auto& channel = *found->second;
    if (channel.unanswered > 0) --channel.unanswered;
    if (verdict.error) {
        ++tally_.rejected;
        send(sv2::SubmitSharesError{.channel_id = channel.id,
                                    .sequence_number = sequence_number,
                                    .error_code = mining::error_code(*verdict.error)},
             effects);
        return;
    }
    ++tally_.accepted;
    channel.acknowledgement.add(sequence_number, verdict.difficulty);
    to_acknowledge_.on_accepted(channel.id.value, channel.acknowledgement.count(),
                                verdict.solves_block);
}

void Session::on_verdicts_end(base::SteadyTime now, Effects& effects) {
    to_acknowledge_.take_due(now, acknowledged_);
    acknowledge(effects);
}

void Session::on_time(base::SteadyTime now, Effects& effects) {
    to_acknowledge_.take_due(now, acknowledged_);
    acknowledge(effects);
}

void Session::acknowledge_all(Effects& effects) {
    to_acknowledge_.take_all(acknowledged_);
    acknowledge(effects);
}

bool Session::has_unanswered() const {
    return std::ranges::any_of(channels_,
                               [](const auto& entry) { return entry.second->unanswered != 0; });
}

void Session::acknowledge(Effects& effects) {
    for (const auto id : acknowledged_) {
        const auto found = channels_.find(id);
        // Closed by the miner, who hears no more of it (Sv2 5.3.9), or said already.
        if (found == channels_.end() || found->second->acknowledgement.is_empty()) continue;
        const auto taken = found->second->acknowledgement.take();
        send(sv2::SubmitSharesSuccess{.channel_id = {id},
                                      .last_sequence_number = taken.last_sequence_number,
                                      .new_submits_accepted_count = taken.count,
                                      .new_shares_sum = taken.whole_difficulty},
             effects);
    }
}

}  // namespace gateway
