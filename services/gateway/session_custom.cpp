#include <utility>

#include "gateway/custom_job_check.h"
#include "gateway/session.h"
#include "gateway/session_send.h"
#include "sv2/error_codes.h"

namespace gateway {
namespace {

mining::CustomJob custom_job_from(const sv2::SetCustomMiningJob& message) {
    mining::CustomJob job{
        .version = message.version,
        .prev_hash = {bitcoin::Uint256::from_bytes(message.prev_hash)},
        .min_ntime = message.min_ntime,
        .nbits = message.nbits,
        .coinbase_tx_version = message.coinbase_tx_version,
        .coinbase_prefix = base::to_bytes(message.coinbase_prefix),
        .coinbase_tx_input_sequence = message.coinbase_tx_input_n_sequence,
        .coinbase_tx_outputs = base::to_bytes(message.coinbase_tx_outputs),
        .coinbase_tx_locktime = message.coinbase_tx_locktime,
        .merkle_path = {},
    };
    for (const auto& sibling : message.merkle_path)
        job.merkle_path.push_back(bitcoin::Uint256::from_bytes(sibling));
    return job;
}

/// A block of this job has the template's transactions, so that the pool can build it.
bool has_transactions_of(const mining::CustomJob& job,
                         const mining::BlockTemplate& block_template) {
    return job.merkle_path == block_template.merkle_path &&
           mining::template_of(job).segwit == block_template.segwit;
}

}  // namespace

void Session::on_custom_job(base::ByteView payload, Effects& effects) {
    const auto message = sv2::decode<sv2::SetCustomMiningJob>(payload);
    if (!message) return malformed(message.error(), effects);
    auto job = custom_job_from(*message);
    if (const auto code = custom_job_refusal(*message, job); !code.empty()) {
        send(sv2::SetCustomMiningJobError{.channel_id = message->channel_id,
                                          .request_id = message->request_id,
                                          .error_code = code},
             effects);
        effects.custom_jobs_refused.emplace_back(code);
        return;
    }
    if (jobs_.custom_bytes() + payload.size() > limits_.custom_job_bytes_max)
        return violation("too-many-custom-jobs", effects);
    const auto& sent = accept_custom_job(message->channel_id, std::move(job));
    ++effects.custom_jobs_accepted;
    send(sv2::SetCustomMiningJobSuccess{.channel_id = message->channel_id,
                                        .request_id = message->request_id,
                                        .job_id = sent.id},
         effects);
    // It carries the last target that was sent; the next is for the job after it.
    ++moment_;
    for_each_addressed(message->channel_id, [&](Channel& channel) {
        if (const auto waited = std::exchange(channel.proposed, {}))
            set_target(channel, clamped(*waited, channel), effects);
    });
}

/// Empty when the job is accepted. Nothing changes with a refusal.
std::string_view Session::custom_job_refusal(const sv2::SetCustomMiningJob& message,
                                             const mining::CustomJob& job) const {
    if (!flags_.requires_work_selection) return sv2::error_code::jd_not_supported;
    const Channel* channel = nullptr;  // any: those of a group are alike in all that matters
    if (const auto own = channels_.find(message.channel_id.value); own != channels_.end())
        channel = own->second.get();
    else if (const auto* group = groups_.find(message.channel_id))
        channel = channels_.at(*group->members.begin()).get();
    if (channel == nullptr || channel->info.kind != mining::ChannelKind::extended)
        return sv2::error_code::invalid_channel_id;
    if (work_.current() == nullptr) return sv2::error_code::stale_chain_tip;
    return policy_.custom_jobs
        ->refusal(base::to_string(message.mining_job_token), job,
                  {.current = *work_.current(),
                   .outputs = *channel->outputs,
                   .full_extranonce_size =
                       channel->extranonce_prefix.size() + channel->info.extranonce_size,
                   .user_identity = channel->info.user_identity})
        .value_or("");
}

/// The job is active at once, for the channel or for every member of the group (reference 4.15).
const SentJob& Session::accept_custom_job(sv2::ChannelId address, mining::CustomJob job) {
    const auto& current = *work_.current();
    SentJob sent{
        .scope = address,
        .template_ref = has_transactions_of(job, current) ? current.ref : mining::TemplateRef{},
        .sent_at = moment_,
        .version_rolling_allowed = !policy_.requires_fixed_version};
    for_each_addressed(address, [&](const Channel& channel) {
        sent.outputs = channel.outputs;
        sent.outputs_id = channel.outputs_id;
    });
    auto& added = jobs_.add(std::move(sent), std::move(job));
    jobs_.activate(added, moment_);
    for_each_addressed(address, [&](Channel& channel) {
        channel.latest_job = added.id;
        channel.owes_a_job = false;
    });
    return added;
}

}  // namespace gateway
