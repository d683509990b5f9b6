#include "vardiff/rate_spread.h"

#include <algorithm>

namespace vardiff {
namespace {

/// The upper ends of the ranges but the last.
constexpr std::array<double, RateSpread::ranges - 1> bounds{0.125, 0.25, 0.5, 0.8, 1.25, 2, 4, 8};
/// The belief counts for as many shares: a new channel is not far off for its first minute's luck.
constexpr double belief = 8;

}  // namespace

double sent_per_second(const retarget::Track& track) {
    const auto& estimate = track.state().estimate;
    return track.hash_rate() / track.hashes_per_share() * (estimate.shares + belief) /
           (estimate.expected + belief);
}

void RateSpread::add(const retarget::Track& track, const retarget::Policy& policy) {
    const double sent = vardiff::sent_per_second(track);
    const double wanted = policy.shares_per_minute / 60;
    sent_per_second += sent;
    wanted_per_second += wanted;
    const auto at = std::lower_bound(bounds.begin(), bounds.end(), sent / wanted);
    ++channels[static_cast<std::size_t>(at - bounds.begin())];
}

RateSpread& RateSpread::operator+=(const RateSpread& other) {
    for (std::size_t i = 0; i < ranges; ++i) channels[i] += other.channels[i];
    sent_per_second += other.sent_per_second;
    wanted_per_second += other.wanted_per_second;
    return *this;
}

}  // namespace vardiff
