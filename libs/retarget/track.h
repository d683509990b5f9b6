#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "retarget/evidence.h"
#include "retarget/policy.h"

namespace retarget {

enum class Reason : std::uint8_t {
    silent,    ///< no share at all since the change
    fell,      ///< fewer shares than chance explains
    rose,      ///< more shares than chance explains
    settled,   ///< after a change: with more shares the hash rate is known better
    recanted,  ///< the last change was chance: what came since fits the belief before it better
};
std::string_view to_text(Reason reason);

/// Another hash rate for a channel's target to follow, and why.
struct Change {
    Reason reason{};
    double hash_rate_before{};
    double hash_rate{};
    /// What it rests on: shares that came where `expected` were due at the rate believed before.
    double shares{};
    double expected{};
    friend bool operator==(const Change&, const Change&) = default;
};

/// What is known of one channel's hash rate: some 330 bytes, whatever the channel does. A value.
/// Time only goes on: an earlier moment is taken for the latest.
///
/// **When to act.** The believed hash rate h is tested against eight multiples of it by sequential
/// likelihood ratios (evidence.h). Nothing is done until one of them exceeds what chance reaches
/// once in Policy::false_change_every, however often one looks. For a change of a known size no
/// test with as few false alarms is quicker (Moustakides 1986); several beside each other are
/// nearly as quick for every size. Silence is in it: waiting is evidence as a share is.
///
/// **What to believe then.** The shares n that came and the e that were due since the most likely
/// moment of the change give h (n + a) / (e + a): the mean of the posterior under a Gamma prior
/// around h that weighs as much as `a` shares. The same prior is all that a nominal hash rate,
/// which miners make up, is trusted. A step is bounded.
///
/// **Recanting.** Of the alarms of a steady miner all are false. So the belief before an alarm is
/// tested on against the new one with what comes from then on, and taken back, exactly, as soon as
/// that is likelier by far; until this is decided, nothing else is touched.
///
/// **Settling.** Twenty shares are off by 22 %. So the hash rate is estimated on, from all shares
/// since the change, and the charts test against the estimate, which a target need not follow: that
/// is only worth it when the two have come apart by more than a limit. Were the charts to test
/// against a first guess for ever, every such error would look like a change one day.
class Track {
  public:
    /// The estimate of the hash rate since the last change.
    struct Estimate {
        double shares{};
        double expected{};
        /// Look again when `shares` has come so far.
        double next_look{};
        friend bool operator==(const Estimate&, const Estimate&) = default;
    };
    /// What was believed before an alarm, while that may have been false.
    struct Doubted {
        /// 0: nothing is in doubt.
        double hash_rate{};
        double aimed{};
        double shares{};
        bool has_changed{};
        /// The logarithm of the likelihood ratio by which what came since speaks for it.
        double speaks_for_it{};
        friend bool operator==(const Doubted&, const Doubted&) = default;
    };
    /// All there is of it, for a checkpoint.
    struct State {
        base::UnixMicros until{};
        /// Believed.
        double hash_rate{};
        /// What the last Change said, which the target was to follow.
        double aimed{};
        double hashes_per_share{};
        /// There has been an alarm that was not recanted: what is believed comes from shares.
        bool has_changed{};
        Evidence evidence{};
        Estimate estimate{};
        Doubted doubted{};
        friend bool operator==(const State&, const State&) = default;
    };

    /// `hash_rate_hps` is what the channel is believed to have; a share takes `hashes_per_share`
    /// from `now` on. Both positive.
    Track(double hash_rate_hps, double hashes_per_share, base::UnixMicros now);
    explicit Track(const State& state) : state_(state) {}
    const State& state() const { return state_; }

    /// Nothing has come until `now`.
    void advance_to(base::UnixMicros now);
    /// A hash that meets the target in force.
    void share(base::UnixMicros now);
    /// Another target is in force. What has been learned of the hash rate stays.
    void set_hashes_per_share(double hashes_per_share, base::UnixMicros now);

    /// Believed; the one that a target is to follow is aimed_hash_rate().
    double hash_rate() const { return state_.hash_rate; }
    double aimed_hash_rate() const { return state_.aimed; }
    double hashes_per_share() const { return state_.hashes_per_share; }
    base::UnixMicros until() const { return state_.until; }

    /// Another hash rate to aim at, if what has come so far demands one. It is the believed one
    /// from here on, whether or not a target follows: a target may be at its limit already.
    std::optional<Change> decide(const Rules& rules);

  private:
    std::optional<Change> decide_on_alarm(const Rules& rules);
    std::optional<Change> decide_on_doubt();
    bool is_quiet(const Rules& rules) const;
    std::optional<Change> decide_on_estimate(const Rules& rules);

    State state_{};
};

}  // namespace retarget
