#include <algorithm>
#include <utility>

#include "sv2/wire.h"
#include "translator/pool_client.h"

namespace translator {
namespace {

// A group's job, those that newcomers are sent of it, and the like of a second group or two.
constexpr std::size_t recent_parts_max = 8;

bool is_equal(base::ByteView a, base::ByteView b) {
    return std::ranges::equal(a, b);
}

bool is_made_of(const JobParts& parts, const sv2::NewExtendedMiningJob& message,
                bool may_roll_version) {
    return parts.version == message.version && parts.may_roll_version == may_roll_version &&
           is_equal(parts.coinbase_prefix, message.coinbase_tx_prefix) &&
           is_equal(parts.coinbase_suffix, message.coinbase_tx_suffix) &&
           std::equal(parts.merkle_path.begin(), parts.merkle_path.end(),
                      message.merkle_path.begin(), message.merkle_path.end(),
                      [](const bitcoin::Uint256& a, const sv2::U256& b) {
                          return is_equal(a.as_bytes(), b);
                      });
}

}  // namespace

/// Those who are sent the same share it, whoever it was sent to.
std::shared_ptr<const JobParts> PoolClient::parts_of(const sv2::NewExtendedMiningJob& message) {
    const bool may_roll_version = message.version_rolling_allowed && !has_fixed_version_;
    for (const auto& parts : recent_parts_)
        if (is_made_of(*parts, message, may_roll_version)) return parts;
    auto parts = std::make_shared<JobParts>();
    parts->version = message.version;
    parts->may_roll_version = may_roll_version;
    parts->coinbase_prefix = base::to_bytes(message.coinbase_tx_prefix);
    parts->coinbase_suffix = base::to_bytes(message.coinbase_tx_suffix);
    parts->merkle_path.reserve(message.merkle_path.size());
    for (const auto node : message.merkle_path)
        parts->merkle_path.push_back(bitcoin::Uint256::from_bytes(node));
    if (recent_parts_.size() < recent_parts_max) {
        recent_parts_.push_back(parts);
    } else {
        recent_parts_[next_recent_] = parts;
        next_recent_ = (next_recent_ + 1) % recent_parts_max;
    }
    return parts;
}

/// A newcomer is told the tip that the others know: then it came when they heard of it.
std::shared_ptr<const Tip> PoolClient::tip_of(const sv2::SetNewPrevHash& message,
                                              base::SteadyTime now) {
    const bitcoin::BlockHash prev_hash{bitcoin::Uint256::from_bytes(message.prev_hash)};
    if (last_tip_ == nullptr || last_tip_->prev_hash != prev_hash ||
        last_tip_->nbits != message.nbits || last_tip_->min_ntime != message.min_ntime)
        last_tip_ = std::make_shared<const Tip>(Tip{.prev_hash = prev_hash,
                                                    .nbits = message.nbits,
                                                    .min_ntime = message.min_ntime,
                                                    .since = now});
    return last_tip_;
}

/// The job leaves with what the channel has now; what is told later does not touch it.
void PoolClient::give(ClientChannel& channel, ActiveJob job, PoolEffects& effects) {
    has_worked_ = true;
    idle_since_.reset();
    if (*job.extranonce_prefix != *channel.told_prefix) {
        channel.told_prefix = job.extranonce_prefix;
        job.is_clean = true;
        effects.events.emplace_back(
            pool_event::TermsChanged{.channel = channel.handle, .terms = terms_of(channel)});
    }
    job.target = channel.target;
    job.extranonce_size = channel.extranonce_size;
    effects.events.emplace_back(
        pool_event::JobGiven{.channel = channel.handle, .job = std::move(job)});
}

void PoolClient::handle(const sv2::NewExtendedMiningJob& message, Call call) {
    auto* const channel = find(message.channel_id);
    auto* const group = channel == nullptr ? find_group(message.channel_id) : nullptr;
    if (channel == nullptr && group == nullptr) return;  // it may be closing
    auto parts = parts_of(message);
    if (!message.min_ntime) {
        auto& jobs = channel != nullptr ? channel->future_jobs : group->future_jobs;
        return jobs.add({.id = message.job_id, .sent_at = moment_, .parts = std::move(parts)});
    }
    const auto number = job_names_.add(message.job_id);
    const auto give_to = [&](ClientChannel& to) {
        if (to.tip == nullptr) return;  // a newcomer, whose first job and tip are on their way
        give(to,
             {.id = number,
              .parts = parts,
              .tip = to.tip,
              .min_ntime = *message.min_ntime,
              .target = {},
              .extranonce_prefix = to.prefix,
              .extranonce_size = {},
              .is_clean = false},
             call.effects);
    };
    if (channel != nullptr) return give_to(*channel);
    for (auto* member : group->members) give_to(*member);
}

void PoolClient::handle(const sv2::SetNewPrevHash& message, Call call) {
    auto* const channel = find(message.channel_id);
    auto* const own_group = channel == nullptr ? nullptr : find_group(channel->group);
    auto* const group = channel == nullptr ? find_group(message.channel_id) : nullptr;
    if (channel == nullptr && group == nullptr) return;  // it may be closing
    const FutureJob* job = nullptr;
    if (channel != nullptr) job = channel->future_jobs.find(message.job_id);
    if (job == nullptr && own_group != nullptr) job = own_group->future_jobs.find(message.job_id);
    if (group != nullptr) job = group->future_jobs.find(message.job_id);
    if (job == nullptr)
        return violation("SetNewPrevHash names a job that was not sent", call.effects);

    const auto named = *job;
    const auto tip = tip_of(message, call.now);
    const auto number = job_names_.add(named.id);
    // A member that came after the job was sent gets it too: it has nothing else to do.
    const auto give_to = [&](ClientChannel& to) {
        const auto prefix = to.prefix_at(named.sent_at);
        to.tip = tip;
        to.future_jobs.clear();
        to.old_prefixes.clear();
        give(to,
             {.id = number,
              .parts = named.parts,
              .tip = tip,
              .min_ntime = message.min_ntime,
              .target = {},
              .extranonce_prefix = prefix,
              .extranonce_size = {},
              .is_clean = true},
             call.effects);
    };
    if (channel != nullptr) return give_to(*channel);
    group->future_jobs.clear();
    for (auto* member : group->members) give_to(*member);
}

}  // namespace translator
