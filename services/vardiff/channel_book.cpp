#include "vardiff/channel_book.h"

#include <algorithm>
#include <utility>

namespace vardiff {
namespace {

using namespace std::chrono_literals;

/// A gateway of which so many shares are missing does not have that many miners who fell silent at
/// once; chance makes it one time in 160,000.
constexpr double shares_missing = 12;
/// But after a minute one must believe it: all may have been given work that is too hard.
constexpr auto held_up_max = 60s;
/// The channels of a gateway that is neither alive nor heard of for so long will not be closed.
constexpr auto dead_after = 10min;

const bus::OpenOutcome* outcome_of(const share_log::Record& record, mining::ChannelKey key) {
    const auto found = std::ranges::find(record.result.opens, key, &bus::OpenOutcome::key);
    return found == record.result.opens.end() ? nullptr : &*found;
}

/// Whether it says something of the hash rate: late shares do, repeated and made-up ones do not.
bool is_found(const bus::Verdict& verdict) {
    return !verdict.error || *verdict.error == mining::ShareError::stale_share;
}

double due_per_second(const ChannelTrack& channel) {
    return channel.track.hash_rate() / channel.track.hashes_per_share();
}

}  // namespace

Proposals ChannelBook::take(const share_log::Record& record, base::UnixMicros committed_at) {
    Proposals proposals;
    const auto& batch = record.batch;
    auto& gateway = gateways_[batch.epoch];
    auto at = batch.shares.empty() ? committed_at : batch.shares.front().submitted.received_at;
    auto event = batch.events.begin();
    for (std::size_t share = 0; share <= batch.shares.size(); ++share) {
        if (share < batch.shares.size())
            at = std::max(at, batch.shares[share].submitted.received_at);
        for (; event != batch.events.end() && event->before_share <= share; ++event)
            apply(event->body, record, at, proposals);
        if (share < batch.shares.size()) count(record, share, proposals);
    }
    gateway.heard_at = std::max(gateway.heard_at, at);
    return proposals;
}

void ChannelBook::apply(const bus::EventBody& event, const share_log::Record& record,
                        base::UnixMicros at, Proposals& proposals) {
    if (const auto* opened = std::get_if<bus::ChannelOpen>(&event))
        return open(*opened, record, at, proposals);
    if (const auto* closed = std::get_if<bus::ChannelClose>(&event)) {
        channels_.erase(closed->key);
        doubted_.erase(closed->key);
    } else if (const auto* applied = std::get_if<bus::TargetApplied>(&event)) {
        doubted_.erase(applied->key);
        const auto found = channels_.find(applied->key);
        if (found == channels_.end()) return;
        auto& channel = found->second;
        // Nobody has proposed it here, so the one that it takes the place of is the one wanted.
        if (is_reconciled_ && !channel.proposed) channel.proposed = channel.target;
        vardiff::apply(channel, applied->target, at);
    } else if (const auto* updated = std::get_if<bus::ChannelUpdate>(&event)) {
        const auto found = channels_.find(updated->key);
        if (found == channels_.end()) return;
        auto& channel = found->second;
        channel.max_target = updated->max_target;
        restate(channel, updated->nominal_hash_rate, at);
        if (const auto target =
                rebase(channel, policies_->terms_for(channel.user_identity), policies_->bounds()))
            proposals.push_back({updated->key, *target});
    }
}

void ChannelBook::open(const bus::ChannelOpen& open, const share_log::Record& record,
                       base::UnixMicros at, Proposals& proposals) {
    const auto* outcome = outcome_of(record, open.key);
    if (outcome == nullptr || !outcome->error_code.empty()) return;
    const auto& terms = policies_->terms_for(open.user_identity);
    const double hashes = bitcoin::expected_hashes(outcome->target);
    // Who says nothing of a hash rate is believed to have what its target was made for.
    const double hash_rate = open.nominal_hash_rate > 0
                                 ? open.nominal_hash_rate
                                 : hashes * terms.policy.shares_per_minute / 60;
    ChannelTrack channel{.user_identity = open.user_identity,
                         .max_target = open.max_target,
                         .nominal_hash_rate = open.nominal_hash_rate,
                         .target = outcome->target,
                         .proposed = {},
                         .track = retarget::Track{hash_rate, hashes, at},
                         .history = {},
                         .foreign_for = {}};
    remember(channel, at, Opened{open.nominal_hash_rate, outcome->target});
    const auto target = rebase(channel, terms, policies_->bounds());
    channels_.insert_or_assign(open.key, std::move(channel));
    if (target) proposals.push_back({open.key, *target});
}

ChannelTrack* ChannelBook::channel_of(const share_log::Record& record, const bus::Job& job,
                                      base::UnixMicros at) {
    if (const auto found = channels_.find(job.record.channel); found != channels_.end())
        return &found->second;
    const auto& identity = record.batch.channels.at(job.channel).user_identity;
    const double hashes = bitcoin::expected_hashes(job.record.target);
    const double rate = policies_->terms_for(identity).policy.shares_per_minute;
    auto& channel =
        channels_
            .emplace(job.record.channel, ChannelTrack{.user_identity = identity,
                                                      .target = job.record.target,
                                                      .proposed = {},
                                                      .track = {hashes * rate / 60, hashes, at},
                                                      .history = {},
                                                      .foreign_for = {}})
            .first->second;
    remember(channel, at, Found{job.record.target});
    return &channel;
}

/// Hashes that meet the target in force are what the hash rate finds, whichever job they are of: a
/// share of an earlier, easier job counts if it happens to meet it.
void ChannelBook::count(const share_log::Record& record, std::size_t share, Proposals& proposals) {
    const auto& submitted = record.batch.shares[share];
    const auto& hash = record.hashes[share];
    const auto at = submitted.submitted.received_at;
    if (!hash || !is_found(record.result.verdicts[share])) return;
    if (submitted.submitted.state == mining::JobState::closed) return;
    const auto& job = record.batch.jobs.at(submitted.job);
    auto& channel = *channel_of(record, job, at);
    if (submitted.submitted.state == mining::JobState::active &&
        doubted_.erase(job.record.channel) != 0 && job.record.target != channel.target)
        vardiff::apply(channel, job.record.target, at);
    if (!channel.target.is_met_by(*hash)) return;
    channel.track.share(at);
    if (const auto target =
            decide(channel, policies_->terms_for(channel.user_identity), policies_->bounds()))
        proposals.push_back({job.record.channel, *target});
}

bool ChannelBook::is_held_up(const Gateway& gateway, base::UnixMicros now) const {
    const auto silent_for = now - gateway.heard_at;
    const double missing =
        gateway.shares_per_second * std::chrono::duration<double>{silent_for}.count();
    return missing > shares_missing && silent_for < held_up_max;
}

Proposals ChannelBook::advance(base::UnixMicros now) {
    Proposals proposals;
    std::map<mining::Epoch, double> shares_per_second;
    const Gateway* gateway = nullptr;
    mining::Epoch epoch{};
    bool is_silent_as_a_whole = false;
    spread_ = {};
    for (auto& [key, channel] : channels_) {
        // Channels of one gateway stand together.
        if (gateway == nullptr || key.epoch() != epoch) {
            epoch = key.epoch();
            auto& known = gateways_[epoch];
            if (known.heard_at == base::UnixMicros{}) known.heard_at = now;
            gateway = &known;
            is_silent_as_a_whole = is_held_up(known, now);
        }
        shares_per_second[epoch] += channel.track.hash_rate() / channel.track.hashes_per_share();
        const auto& terms = policies_->terms_for(channel.user_identity);
        if (!is_silent_as_a_whole) {
            channel.track.advance_to(now);
            if (const auto target = decide(channel, terms, policies_->bounds()))
                proposals.push_back({key, *target});
        }
        if (const auto target = insist(channel)) proposals.push_back({key, *target});
        spread_.add(channel.track, terms.policy);
    }
    for (auto& [each, known] : gateways_) known.shares_per_second = shares_per_second[each];
    return proposals;
}

void ChannelBook::doubt_targets() {
    for (const auto& [key, channel] : channels_) doubted_.insert(key);
}

Proposals ChannelBook::set_policies(std::shared_ptr<const Policies> policies) {
    policies_ = std::move(policies);
    Proposals proposals;
    for (auto& [key, channel] : channels_)
        if (const auto target =
                rebase(channel, policies_->terms_for(channel.user_identity), policies_->bounds()))
            proposals.push_back({key, *target});
    return proposals;
}

Proposals ChannelBook::reconcile() {
    Proposals proposals;
    is_reconciled_ = true;
    for (auto& [key, channel] : channels_) {
        channel.foreign_for = 0;
        if (!channel.proposed || *channel.proposed == channel.target) continue;
        if (is_worth_a_target(channel.target, *channel.proposed))
            proposals.push_back({key, *channel.proposed});
        else
            channel.proposed = channel.target;
    }
    return proposals;
}

Proposals ChannelBook::proposals(mining::Epoch epoch) const {
    Proposals proposals;
    const auto first = mining::ChannelKey::of(epoch, 0);
    if (!first) return proposals;
    for (auto at = channels_.lower_bound(*first);
         at != channels_.end() && at->first.epoch() == epoch; ++at)
        if (at->second.proposed) proposals.push_back({at->first, *at->second.proposed});
    return proposals;
}

void ChannelBook::forget_dead(const std::set<mining::Epoch>& living, base::UnixMicros now) {
    std::erase_if(gateways_, [&](const auto& each) {
        const auto& [epoch, gateway] = each;
        if (living.contains(epoch) || now - gateway.heard_at < dead_after) return false;
        std::erase_if(channels_, [&](const auto& one) { return one.first.epoch() == epoch; });
        std::erase_if(doubted_, [&](const auto& key) { return key.epoch() == epoch; });
        return true;
    });
}

const ChannelTrack* ChannelBook::find(mining::ChannelKey key) const {
    const auto found = channels_.find(key);
    return found == channels_.end() ? nullptr : &found->second;
}

ChannelBook::Heard ChannelBook::heard() const {
    Heard heard;
    for (const auto& [epoch, gateway] : gateways_) heard.emplace(epoch, gateway.heard_at);
    return heard;
}

void ChannelBook::restore(Channels channels, const Heard& heard) {
    channels_ = std::move(channels);
    gateways_.clear();
    for (const auto& [epoch, at] : heard) gateways_[epoch].heard_at = at;
    for (const auto& [key, channel] : channels_)
        gateways_[key.epoch()].shares_per_second += due_per_second(channel);
}

}  // namespace vardiff
