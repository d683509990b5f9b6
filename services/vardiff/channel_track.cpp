#include "vardiff/channel_track.h"

#include <cmath>
#include <utility>

namespace vardiff {
namespace {

/// As much as is worth a target in a channel's own course (retarget/track.cpp).
constexpr double worth_a_target = 0.12;

/// What was proposed is in the log within this many looks, and who hands a partition over hears of
/// it: two replicas that both insisted would answer each other meanwhile.
constexpr std::uint32_t looks_to_insist = 3;

/// A change by less is left to the shares.
constexpr double worth_saying = 1.25;
/// So many shares say more than a miner does.
constexpr double shares_to_know = 6;
/// What a miner says is borne out where it is not further off: firmware that says the same
/// whatever it does, and proxies that say what they were configured with, are by far.
constexpr double borne_out_within = 2;

bool is_within(double factor, double a, double b) {
    return a < b * factor && b < a * factor;
}

bitcoin::Target wanted(const ChannelTrack& channel, const Terms& terms, const Bounds& bounds) {
    const retarget::TargetRange range{bounds.hardest, bounds.easiest, channel.max_target};
    return range
        .for_hash_rate(channel.track.aimed_hash_rate(), terms.policy.shares_per_minute,
                       terms.policy.powers_of_two)
        .target();
}

bitcoin::Target propose(ChannelTrack& channel, const bitcoin::Target& target) {
    channel.proposed = target;
    channel.foreign_for = 0;
    return target;
}

}  // namespace

bool is_worth_a_target(const bitcoin::Target& from, const bitcoin::Target& to) {
    const double apart = std::log(bitcoin::expected_hashes(to) / bitcoin::expected_hashes(from));
    return std::abs(apart) >= worth_a_target;
}

void remember(ChannelTrack& channel, base::UnixMicros at, decltype(HistoryEntry::what) what) {
    if (channel.history.size() >= history_max) channel.history.pop_front();
    channel.history.push_back({at, std::move(what)});
}

std::optional<bitcoin::Target> decide(ChannelTrack& channel, const Terms& terms,
                                      const Bounds& bounds) {
    const auto change = channel.track.decide(terms.rules);
    if (!change) return std::nullopt;
    const auto target = wanted(channel, terms, bounds);
    const auto last = channel.proposed.value_or(channel.target);
    // At its limit already the hash rate is followed in silence, or it would fill the history.
    if (target == last) return std::nullopt;
    remember(channel, channel.track.until(), Decided{*change, target});
    return propose(channel, target);
}

void apply(ChannelTrack& channel, const bitcoin::Target& target, base::UnixMicros at) {
    channel.target = target;
    channel.track.set_hashes_per_share(bitcoin::expected_hashes(target), at);
    channel.foreign_for = channel.proposed && is_worth_a_target(target, *channel.proposed) ? 1 : 0;
    remember(channel, at, Applied{target});
}

std::optional<bitcoin::Target> insist(ChannelTrack& channel) {
    if (channel.foreign_for == 0 || ++channel.foreign_for <= looks_to_insist) return std::nullopt;
    channel.foreign_for = 0;
    return channel.proposed;
}

void restate(ChannelTrack& channel, double nominal_hash_rate_hps, base::UnixMicros at) {
    const double before = channel.nominal_hash_rate;
    if (!(nominal_hash_rate_hps > 0) || !std::isfinite(nominal_hash_rate_hps)) return;
    if (before > 0 && is_within(worth_saying, before, nominal_hash_rate_hps)) return;
    channel.nominal_hash_rate = nominal_hash_rate_hps;
    channel.track.advance_to(at);
    const auto& track = channel.track.state();
    double believed = nominal_hash_rate_hps;
    if (track.has_changed || track.estimate.shares >= shares_to_know) {
        if (before <= 0 || !is_within(borne_out_within, before, track.hash_rate)) return;
        believed = track.hash_rate * nominal_hash_rate_hps / before;
    }
    channel.track = retarget::Track{believed, track.hashes_per_share, at};
    remember(channel, at, Restated{nominal_hash_rate_hps});
}

std::optional<bitcoin::Target> rebase(ChannelTrack& channel, const Terms& terms,
                                      const Bounds& bounds) {
    const auto target = wanted(channel, terms, bounds);
    const auto last = channel.proposed.value_or(channel.target);
    if (!is_worth_a_target(last, target)) return std::nullopt;
    remember(channel, channel.track.until(), Rebased{target});
    return propose(channel, target);
}

}  // namespace vardiff
