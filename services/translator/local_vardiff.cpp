#include "translator/local_vardiff.h"

#include <algorithm>
#include <cmath>

#include "bitcoin/difficulty.h"
#include "retarget/range.h"
#include "sv1/difficulty.h"

namespace translator {
namespace {

// No device hashes once a second; all of the network has a thousandth of the largest.
constexpr double hash_rate_min = 1;
constexpr double hash_rate_max = 1e24;

/// A Track reads differences of moments only, and they must not jump with the calendar.
base::UnixMicros track_time(base::SteadyTime at) {
    return base::UnixMicros{
        std::chrono::duration_cast<std::chrono::microseconds>(at.time_since_epoch())};
}

}  // namespace

VardiffTerms::VardiffTerms(const AggregateSettings& settings)
    : policy_(settings.policy),
      rules_(retarget::rules(settings.policy)),
      easiest_(sv1::target_of(settings.easiest_difficulty)),
      start_hash_rate_hps_(settings.start_hash_rate_hps) {}

double VardiffTerms::believed(double nominal_hash_rate_hps) const {
    const bool says_something = nominal_hash_rate_hps > 0;  // false for what is no number, too
    return std::clamp(says_something ? nominal_hash_rate_hps : start_hash_rate_hps_, hash_rate_min,
                      hash_rate_max);
}

bitcoin::Target VardiffTerms::target_for(double hash_rate_hps,
                                         const bitcoin::Target& max_target) const {
    return retarget::TargetRange{{}, easiest_, max_target}
        .for_hash_rate(hash_rate_hps, policy_.shares_per_minute, policy_.powers_of_two)
        .target();
}

LocalVardiff::LocalVardiff(const VardiffTerms& terms, double nominal_hash_rate_hps,
                           const bitcoin::Target& max_target)
    : nominal_hash_rate_hps_(nominal_hash_rate_hps),
      max_target_(max_target),
      wanted_(terms.target_for(terms.believed(nominal_hash_rate_hps), max_target)),
      in_force_(wanted_),
      track_(terms.believed(nominal_hash_rate_hps), bitcoin::expected_hashes(wanted_), {}) {}

bitcoin::Target LocalVardiff::target_for(const bitcoin::Target& upstream) const {
    return std::min(std::max(wanted_, upstream), max_target_);
}

void LocalVardiff::set_in_force(const bitcoin::Target& target, base::SteadyTime now) {
    if (!is_running_) {
        auto state = track_.state();
        state.until = track_time(now);
        track_ = retarget::Track{state};
        is_running_ = true;
    }
    if (target == in_force_) return;
    in_force_ = target;
    track_.set_hashes_per_share(bitcoin::expected_hashes(target), track_time(now));
}

void LocalVardiff::update(const VardiffTerms& terms, double nominal_hash_rate_hps,
                          const bitcoin::Target& max_target, base::SteadyTime now) {
    max_target_ = max_target;
    if (!has_shares_ && nominal_hash_rate_hps > 0 &&
        nominal_hash_rate_hps != nominal_hash_rate_hps_) {
        nominal_hash_rate_hps_ = nominal_hash_rate_hps;
        track_ = retarget::Track{terms.believed(nominal_hash_rate_hps), track_.hashes_per_share(),
                                 track_time(now)};
    }
    wanted_ = terms.target_for(track_.aimed_hash_rate(), max_target_);
}

std::optional<retarget::Reason> LocalVardiff::share(const VardiffTerms& terms,
                                                    const bitcoin::BlockHash& hash,
                                                    base::SteadyTime now) {
    if (!is_running_ || !in_force_.is_met_by(hash)) return std::nullopt;
    has_shares_ = true;
    track_.share(track_time(now));
    return decide(terms);
}

std::optional<retarget::Reason> LocalVardiff::advance(const VardiffTerms& terms,
                                                      base::SteadyTime now) {
    if (!is_running_) return std::nullopt;
    track_.advance_to(track_time(now));
    return decide(terms);
}

std::optional<retarget::Reason> LocalVardiff::decide(const VardiffTerms& terms) {
    const auto change = track_.decide(terms.rules());
    if (!change) return std::nullopt;
    const auto before = wanted_;
    wanted_ = terms.target_for(change->hash_rate, max_target_);
    // At a limit the hash rate is followed in silence.
    if (wanted_ == before) return std::nullopt;
    return change->reason;
}

}  // namespace translator
