#include "admin/channel_book.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "admin/row_names.h"
#include "bitcoin/difficulty.h"
#include "share_log/sums.h"

namespace admin {
namespace {

namespace proto = adit::admin::v1;

/// So many shares say what a miner does to within a third.
constexpr double shares_to_know = 10;

}  // namespace

ChannelBook::Channel* ChannelBook::find(mining::ChannelKey key) {
    const auto found = places_.find(key);
    return found == places_.end() ? nullptr : channels_[found->second].get();
}

void ChannelBook::open(const ChannelFacts& facts, base::UnixMicros now) {
    close(facts.key);
    auto& channel = *channels_.emplace_back(std::make_unique<Channel>());
    channel.key = facts.key;
    channel.place = channels_.size() - 1;
    channel.partition = facts.partition;
    channel.kind = facts.kind;
    channel.name = channel_resource(facts.key);
    channel.user_identity = facts.user_identity;
    channel.nominal_hash_rate = facts.nominal_hash_rate;
    channel.opened_at = facts.opened_at;
    const bool is_new = facts.opened_at != base::UnixMicros{};
    const auto since = is_new ? now : base::UnixMicros{};
    channel.expected_until = since;
    channel.silent_since = now;
    const auto miner = share_log::miner_of(facts.user_identity, {});
    channel.worker = &miners_.worker(miner.identity, miner.worker);
    miners_.channel_opened(*channel.worker);
    places_.emplace(facts.key, channel.place);
    silence_.add(facts.key.epoch(), facts.partition);
    ratios_.push_back(0);
    // Of a channel that was there before, others may have chosen the target since.
    set_target(channel, facts.target, is_new ? facts.nominal_hash_rate : 0);
    channel.believed.begin(facts.nominal_hash_rate, channel.hashes_per_share, since);
    if (facts.sums) {
        channel.has_sums = true;
        channel.accepted = facts.sums->accepted;
        channel.work = static_cast<double>(facts.sums->credited.high) * 4294967296.0 +
                       static_cast<double>(facts.sums->credited.low) / 4294967296.0;
        for (std::size_t i = 0; i < channel.rejected.size(); ++i)
            channel.rejected[i] = static_cast<std::uint32_t>(facts.sums->rejected[i]);
        channel.last_share_at = facts.sums->last_share_at;
        if (channel.last_share_at != base::UnixMicros{})
            channel.silent_since = std::min(now, channel.last_share_at);
    }
    watch(channel);
}

void ChannelBook::close(mining::ChannelKey key) {
    const auto found = places_.find(key);
    if (found != places_.end()) close_at(found->second);
}

void ChannelBook::close_at(Place place) {
    auto& channel = *channels_[place];
    rows_.erase(channel.name);
    miners_.channel_closed(*channel.worker, channel.is_silent);
    places_.erase(channel.key);
    silence_.remove(place);
    if (place + 1 != channels_.size()) {
        channels_[place] = std::move(channels_.back());
        channels_[place]->place = place;
        ratios_[place] = ratios_.back();
        places_[channels_[place]->key] = place;
    }
    channels_.pop_back();
    ratios_.pop_back();
}

void ChannelBook::close_all_of(mining::Epoch epoch) {
    for (Place place = channels_.size(); place > 0; --place)
        if (channels_[place - 1]->key.epoch() == epoch) close_at(place - 1);
}

void ChannelBook::set_target(Channel& channel, const bitcoin::Target& target, double hash_rate) {
    channel.hashes_per_share = bitcoin::expected_hashes(target);
    channel.difficulty = bitcoin::difficulty_of(target).to_double();
    channel.aimed_hash_rate = hash_rate;
    channel.worker->difficulty = channel.difficulty;
}

void ChannelBook::apply_target(mining::ChannelKey key, const bitcoin::Target& target,
                               base::UnixMicros at) {
    auto* channel = find(key);
    if (channel == nullptr) return;
    pass(*channel, at);
    channel->believed.pass(at);
    // Whoever has changed it saw the same shares as we.
    set_target(*channel, target, channel->believed.hash_rate());
    channel->silent_since = std::max(channel->silent_since, at);
    set_silent(*channel, false);
    watch(*channel);
}

void ChannelBook::update(mining::ChannelKey key, double nominal_hash_rate, base::UnixMicros at) {
    auto* channel = find(key);
    if (channel == nullptr) return;
    channel->nominal_hash_rate = nominal_hash_rate;
    // Its own shares say more than a miner does.
    if (channel->accepted > 0) return;
    channel->believed.begin(nominal_hash_rate, channel->hashes_per_share, at);
    watch(*channel);
}

Miner* ChannelBook::count(mining::ChannelKey key, const Share& share) {
    auto* channel = find(key);
    if (channel == nullptr) return nullptr;
    channel->last_share_at = std::max(channel->last_share_at, share.at);
    if (channel->is_silent) {
        channel->believed.resume(share.at);
        set_silent(*channel, false);
    }
    channel->silent_since = std::max(channel->silent_since, share.at);
    pass(*channel, share.at);
    const bool is_counted = channel->has_sums && share.is_in_sums;
    if (share.error) {
        if (!is_counted) ++channel->rejected[static_cast<std::size_t>(*share.error)];
        // Found as well as any other, only late.
        if (*share.error == mining::ShareError::stale_share)
            channel->believed.share(channel->hashes_per_share, share.at);
    } else {
        if (!is_counted) {
            ++channel->accepted;
            channel->work += share.difficulty;
        }
        channel->believed.share(share.difficulty * 4294967296.0, share.at);
        const auto work = static_cast<float>(share.difficulty);
        channel->fast.add(share.at, work);
        channel->slow.add(share.at, work);
        channel->day.add(share.at, work);
        channel->counted.add(share.at, 1);
    }
    // What its target was made for nobody has said: then it is what it does now.
    if (channel->aimed_hash_rate <= 0 && channel->believed.shares() >= shares_to_know)
        channel->aimed_hash_rate = channel->believed.hash_rate();
    watch(*channel);
    return channel->worker;
}

/// What its target should give, up to then.
void ChannelBook::pass(Channel& channel, base::UnixMicros until) {
    if (channel.expected_until == base::UnixMicros{}) channel.expected_until = until;
    if (until <= channel.expected_until) return;
    // No further back than is looked at.
    const auto from = std::max(channel.expected_until, until - std::chrono::minutes{11});
    const double per_second = channel.aimed_hash_rate / channel.hashes_per_share;
    for (auto at = from; at < until;) {
        const auto next = std::min<base::UnixMicros>(until, at + std::chrono::seconds{30});
        channel.expected.add(
            at, static_cast<float>(per_second * std::chrono::duration<double>{next - at}.count()));
        at = next;
    }
    channel.expected_until = until;
}

void ChannelBook::watch(Channel& channel) {
    const auto after = channel.believed.silent_after(channel.hashes_per_share);
    // Found to be silent already: until a share comes nobody looks.
    const auto deadline =
        channel.is_silent ? base::UnixMicros::max() : channel.silent_since + after;
    silence_.set(channel.place, deadline, channel.believed.hash_rate() / channel.hashes_per_share);
}

void ChannelBook::set_silent(Channel& channel, bool is_silent) {
    if (channel.is_silent == is_silent) return;
    channel.is_silent = is_silent;
    miners_.channel_silent(*channel.worker, is_silent);
    rows_.update(channel.name, [&](proto::Channel& row) {
        row.set_is_silent(is_silent);
        if (is_silent) row.set_silence_probability(BelievedRate::silent_below);
        return true;
    });
}

void ChannelBook::excuse(std::uint32_t partition, base::UnixMicros from) {
    for (auto& channel : channels_) {
        if (channel->partition != partition || channel->is_silent) continue;
        channel->silent_since = std::max(channel->silent_since, from);
        watch(*channel);
    }
}

void ChannelBook::heard(mining::Epoch epoch, std::uint32_t partition, base::UnixMicros at) {
    if (!silence_.heard(epoch, partition, at)) return;
    for (auto& channel : channels_) {
        if (channel->partition != partition || channel->key.epoch() != epoch) continue;
        if (channel->is_silent) continue;
        channel->silent_since = std::max(channel->silent_since, at);
        watch(*channel);
    }
}

void ChannelBook::look(const SilenceWatch::IsStuck& is_stuck) {
    for (const auto place : silence_.overdue(is_stuck)) {
        set_silent(*channels_[place], true);
        watch(*channels_[place]);
    }
}

std::vector<mining::Epoch> ChannelBook::epochs() const {
    std::set<mining::Epoch> epochs;
    for (const auto& channel : channels_) epochs.insert(channel->key.epoch());
    return {epochs.begin(), epochs.end()};
}

double ChannelBook::expected_per_second() const {
    double sum = 0;
    for (const auto& channel : channels_)
        sum += channel->aimed_hash_rate / channel->hashes_per_share;
    return sum;
}

std::pair<double, double> ChannelBook::counted_and_expected(const Channel& channel,
                                                            base::UnixMicros now) const {
    constexpr std::chrono::minutes window{10};
    return {channel.counted.sum(now, window), channel.expected.sum(now, window)};
}

proto::Convergence ChannelBook::convergence() const {
    proto::Convergence found;
    std::vector<float> known;
    std::ranges::copy_if(ratios_, std::back_inserter(known), [](float r) { return r > 0; });
    std::uint32_t counts[5]{};
    for (const float ratio : known)
        ++counts[ratio < 0.5F ? 0 : ratio < 0.8F ? 1 : ratio <= 1.25F ? 2 : ratio <= 2 ? 3 : 4];
    found.set_below_half(counts[0]);
    found.set_below(counts[1]);
    found.set_near(counts[2]);
    found.set_above(counts[3]);
    found.set_above_twice(counts[4]);
    if (known.empty()) return found;
    const auto middle = known.begin() + std::ssize(known) / 2;
    std::ranges::nth_element(known, middle);
    found.set_median_ratio(static_cast<double>(*middle));
    return found;
}

}  // namespace admin
