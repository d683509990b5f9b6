#include <limits>
#include <utility>

#include "base/planted_fault.h"
#include "base/prefetch.h"
#include "gateway/session.h"
#include "gateway/session_send.h"

namespace gateway {
SentJob Session::describe_job(const Group& group, sv2::ChannelId scope, mining::Variant variant,
                              bool is_future) const {
    return {.id = {},
            .scope = scope,
            .template_ref = work_.current()->ref,
            .outputs = group.outputs,
            .outputs_id = group.terms.outputs_id,
            .sent_at = moment_,
            .activated_at = moment_,
            .variant = variant,
            .version_rolling_allowed = group.terms.version_rolling_allowed,
            .state = SentJob::State::future,
            .was_future = is_future};
}

/// Writes one job message. False when the coinbase cannot be built: this template has no work for
/// these outputs.
bool Session::send_job(const Channel& channel, const Group& group, sv2::ChannelId address,
                       const SentJob& job, Effects& effects) {
    const auto* coinbase = work_.coinbase(*group.outputs, group.terms.outputs_id, job.variant,
                                          group.terms.full_extranonce_size);
    if (coinbase == nullptr) return false;
    const auto& block_template = *work_.current();
    const auto min_ntime =
        job.was_future ? std::nullopt : std::optional{block_template.tip.min_ntime};
    if (group.terms.kind == mining::ChannelKind::standard) {
        const auto root =
            coinbase->merkle_root(block_template, channel.extranonce_prefix.bytes(), {});
        send(sv2::NewMiningJob{.channel_id = address,
                               .job_id = job.id,
                               .min_ntime = min_ntime,
                               .version = block_template.version,
                               .merkle_root = to_wire(root)},
             effects);
        return true;
    }
    std::vector<sv2::U256> path;
    path.reserve(block_template.merkle_path.size());
    for (const auto& sibling : block_template.merkle_path) path.push_back(to_wire(sibling));
    send(sv2::NewExtendedMiningJob{.channel_id = address,
                                   .job_id = job.id,
                                   .min_ntime = min_ntime,
                                   .version = block_template.version,
                                   .version_rolling_allowed = job.version_rolling_allowed,
                                   .merkle_path = path,
                                   .coinbase_tx_prefix = coinbase->parts().prefix,
                                   .coinbase_tx_suffix = coinbase->parts().suffix},
         effects);
    return true;
}

void Session::send_set_new_prev_hash(sv2::ChannelId address, sv2::JobId job, Effects& effects) {
    const auto& tip = work_.current()->tip;
    send(sv2::SetNewPrevHash{.channel_id = address,
                             .job_id = job,
                             .prev_hash = to_wire(tip.prev_hash.value),
                             .min_ntime = tip.min_ntime,
                             .nbits = tip.nbits},
         effects);
}

/// A newcomer gets a job and a SetNewPrevHash of its own: a group-addressed one would invalidate
/// the jobs of the others (reference 4.8).
void Session::send_first_job(Channel& channel, const Group& group, Effects& effects) {
    if (work_.current() == nullptr || flags_.requires_work_selection) return;
    auto& job = jobs_.add(describe_job(group, channel.id, {}, true));
    if (!send_job(channel, group, channel.id, job, effects)) return;
    jobs_.activate(job, moment_);
    channel.latest_job = job.id;
    send_set_new_prev_hash(channel.id, job.id, effects);
}

void Session::prefetch_jobs() const {
    jobs_.prefetch();
    if (groups_.size() != 0) base::prefetch(*groups_.begin());
    if (!by_key_.empty()) base::prefetch(*by_key_.begin());
}

void Session::prefetch_channel() const {
    if (!by_key_.empty()) base::prefetch(*by_key_.begin()->second);
}

void Session::on_template(TemplateChange change, Effects& effects) {
    ++moment_;
    last_variant_ = 0;
    if (change == TemplateChange::new_tip) {
        const auto oldest = jobs_.start_tip(moment_);
        for (auto& [id, channel] : channels_) {
            channel->targets.forget_before(oldest);
            channel->groups.forget_before(oldest);
        }
        closed_before_ = std::exchange(closed_, {});
    }
    // "Who has shares under way hears of the tip when they are answered": nobody says it then.
    if (base::is_planted(base::Fault::dropped_tip_change) && change == TemplateChange::new_tip &&
        has_unanswered())
        return;
    if (flags_.requires_work_selection) return;  // its miners set the next jobs themselves
    // What has waited for a job to carry it has one now.
    for (auto& [id, channel] : channels_)
        if (const auto waited = std::exchange(channel->proposed, {}))
            set_target(*channel, clamped(*waited, *channel), effects);
    for (auto& [terms, group] : groups_) send_to_group(group, change, effects);
}

/// One job for a group: an extended one is sent once, a standard one with each member's merkle
/// root. A group of one is addressed as that channel, which peers understand that know no groups.
void Session::send_to_group(Group& group, TemplateChange change, Effects& effects) {
    const bool is_future = change == TemplateChange::new_tip;
    const bool is_alone = group.members.size() == 1;
    const sv2::ChannelId scope = is_alone ? sv2::ChannelId{*group.members.begin()} : group.id;
    auto& job = jobs_.add(describe_job(group, scope, {}, is_future));
    const bool is_broadcast = group.terms.kind == mining::ChannelKind::extended;
    if (is_broadcast &&
        !send_job(*channels_.at(*group.members.begin()), group, scope, job, effects))
        return;
    for (const auto id : group.members) {
        auto& channel = *channels_.at(id);
        if (!is_broadcast && !send_job(channel, group, channel.id, job, effects)) return;
        channel.latest_job = job.id;
        channel.owes_a_job = false;
        if (is_future && !is_broadcast) send_set_new_prev_hash(channel.id, job.id, effects);
    }
    if (is_future && is_broadcast) send_set_new_prev_hash(scope, job.id, effects);
    jobs_.activate(job, moment_);
}

void Session::on_proposal(mining::ChannelKey key, const bitcoin::Target& target, Effects& effects) {
    const auto found = by_key_.find(key.value);
    if (found == by_key_.end()) return;
    ++moment_;
    auto& channel = *found->second;
    // A second target for one job confuses miners: it waits for the next.
    if (channel.owes_a_job || (!flags_.requires_work_selection && !may_reissue())) {
        channel.proposed = target;
        return;
    }
    if (set_target(channel, clamped(target, channel), effects)) reissue_job(channel, effects);
}

bitcoin::Target Session::clamped(const bitcoin::Target& target, const Channel& channel) const {
    return std::clamp(target, limits_.hardest_target, channel.max_target);
}

/// There is work of the pool's own, and a variant of it that this connection has not had.
bool Session::may_reissue() const {
    return !flags_.requires_work_selection && work_.current() != nullptr &&
           last_variant_ != std::numeric_limits<std::uint16_t>::max();
}

void Session::on_proposal_for_all(const bitcoin::Target& target, Effects& effects) {
    for (const auto& [key, channel] : by_key_) on_proposal({key}, target, effects);
}

/// False when the channel has this target already. What it sends is owed to a job that comes after
/// it (architecture D7).
bool Session::set_target(Channel& channel, const bitcoin::Target& target, Effects& effects) {
    if (target == channel.targets.current()) return false;
    channel.targets.change(moment_, target);
    channel.owes_a_job = true;
    effects.events.emplace_back(bus::TargetApplied{channel.info.key, target});
    send(sv2::SetTarget{.channel_id = channel.id, .maximum_target = to_wire(target)}, effects);
    return true;
}

/// A job that carries what has changed, for one channel: the next variant, hence new work. Where
/// there is none, the next template does.
void Session::reissue_job(Channel& channel, Effects& effects) {
    if (!may_reissue()) return;
    const auto& group = *groups_.find(channel.groups.current());
    auto& job = jobs_.add(describe_job(group, channel.id, {++last_variant_}, false));
    if (!send_job(channel, group, channel.id, job, effects)) return;
    jobs_.activate(job, moment_);
    channel.latest_job = job.id;
    channel.owes_a_job = false;
}

}  // namespace gateway
