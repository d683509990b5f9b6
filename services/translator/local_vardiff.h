#pragma once

#include <optional>

#include "base/clock.h"
#include "bitcoin/target.h"
#include "retarget/policy.h"
#include "retarget/track.h"
#include "translator/aggregate_settings.h"

namespace translator {

/// What the targets of all miners of an aggregated channel follow. Made once of the settings.
class VardiffTerms {
  public:
    explicit VardiffTerms(const AggregateSettings& settings);

    const retarget::Rules& rules() const { return rules_; }
    /// The start's where a miner says nothing, and within what there is.
    double believed(double nominal_hash_rate_hps) const;
    /// What a hash rate asks for by itself, within the easiest and `max_target`.
    bitcoin::Target target_for(double hash_rate_hps, const bitcoin::Target& max_target) const;

  private:
    retarget::Policy policy_;
    retarget::Rules rules_;
    bitcoin::Target easiest_;
    double start_hash_rate_hps_;
};

/// The target of one miner behind a shared channel, by its own shares. Some 460 bytes. A value.
class LocalVardiff {
  public:
    LocalVardiff(const VardiffTerms& terms, double nominal_hash_rate_hps,
                 const bitcoin::Target& max_target);

    /// Of the miner's next job, given the channel's. Never harder than the channel's: what the pool
    /// would credit is never thrown away. Never easier than the miner allows, which goes before.
    bitcoin::Target target_for(const bitcoin::Target& upstream) const;
    /// Its next job has this target, from now on; time counts.
    void set_in_force(const bitcoin::Target& target, base::SteadyTime now);
    const bitcoin::Target& in_force() const { return in_force_; }
    /// It has no work: silence says nothing until the next job.
    void pause() { is_running_ = false; }
    bool is_running() const { return is_running_; }

    /// What the miner says of itself. A hash rate starts anew, until a share has said something.
    void update(const VardiffTerms& terms, double nominal_hash_rate_hps,
                const bitcoin::Target& max_target, base::SteadyTime now);
    /// A share with this hash; it counts where it meets the target in force, whichever job it is
    /// of. The reason where another target is wanted from now on, as from advance().
    std::optional<retarget::Reason> share(const VardiffTerms& terms, const bitcoin::BlockHash& hash,
                                          base::SteadyTime now);
    /// Nothing has come until now.
    std::optional<retarget::Reason> advance(const VardiffTerms& terms, base::SteadyTime now);

    double hash_rate() const { return track_.aimed_hash_rate(); }
    /// How many shares a second are due of it.
    double due_per_second() const { return track_.hash_rate() / track_.hashes_per_share(); }
    /// What it would have if it were alone: no easier target of the channel is of use to anybody.
    const bitcoin::Target& wanted() const { return wanted_; }
    const bitcoin::Target& max_target() const { return max_target_; }

  private:
    std::optional<retarget::Reason> decide(const VardiffTerms& terms);

    double nominal_hash_rate_hps_;
    bitcoin::Target max_target_;
    bitcoin::Target wanted_;
    bitcoin::Target in_force_;
    retarget::Track track_;
    bool is_running_{};
    bool has_shares_{};
};

}  // namespace translator
