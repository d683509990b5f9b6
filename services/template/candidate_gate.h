#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "base/strong_id.h"
#include "template/candidate.h"

namespace templates {

/// When a node was asked, counted in tips: of two answers that name different tips, the one that
/// was asked for after the tip was last seen to move is right.
using AskedAt = base::StrongId<struct AskedAtTag, std::uint64_t>;

/// Decides which of a node's answers become candidates. They come by several ways at once, so one
/// may be of a tip that is past, and most differ from the one before by little. Pure state.
class CandidateGate {
  public:
    struct Settings {
        /// A full candidate of the same tip is given so often.
        std::chrono::milliseconds refresh_interval{30'000};
        /// One that is worth so much more is given at once; zero for none.
        std::uint64_t refresh_gain_sat = 1'000'000;
    };
    enum class Verdict {
        give,      ///< it is the newest, and its min_ntime is now the tip's
        hold,      ///< nothing is wrong with it, but miners have as good a one
        outdated,  ///< it is of another tip, and was asked for before the tip moved: ask again
    };

    explicit CandidateGate(Settings settings) : settings_(settings) {}

    /// To be kept with each question.
    AskedAt asked_now() const { return tips_; }
    bool is_tip(const bitcoin::BlockHash& hash) const { return tip_ == hash; }
    /// The next full candidate is given, whatever was given before.
    void demand_full() { is_full_ = false; }

    Verdict on_early(Candidate& candidate, AskedAt asked);
    Verdict on_full(Candidate& candidate, AskedAt asked, base::SteadyTime now);

    /// The fees of all that waits to be mined, in satoshi.
    void on_mempool_fees(std::uint64_t fees_sat);

    /// Whether a full candidate would be given, or might be by what the mempool has gained.
    bool is_refresh_due(base::SteadyTime now) const;

  private:
    bool is_past(const Candidate& candidate, AskedAt asked) const;
    void move_to_tip_of(Candidate& candidate);

    Settings settings_;
    AskedAt tips_{0};
    std::optional<bitcoin::BlockHash> tip_{};
    std::uint32_t min_ntime_ = 0;  // of the tip
    bool is_full_ = false;         // the tip's candidate has transactions
    base::SteadyTime given_at_{};
    base::SteadyTime seen_at_{};
    std::uint64_t given_sat_ = 0;  // the value of the full candidate that was given last
    std::uint64_t seen_sat_ = 0;   // of the one that came last
    std::optional<std::uint64_t> fees_sat_{};
    std::optional<std::uint64_t> fees_when_seen_sat_{};
};

}  // namespace templates
