#include "template/candidate_gate.h"

namespace templates {
namespace {

// Bitcoin Core answers with the same template for so long, whatever the mempool has gained.
constexpr std::chrono::seconds node_cache{5};

}  // namespace

bool CandidateGate::is_past(const Candidate& candidate, AskedAt asked) const {
    return !is_tip(candidate.block_template.tip.prev_hash) && asked != tips_;
}

void CandidateGate::move_to_tip_of(Candidate& candidate) {
    auto& tip = candidate.block_template.tip;
    if (!is_tip(tip.prev_hash)) {
        ++tips_.value;
        tip_ = tip.prev_hash;
        min_ntime_ = tip.min_ntime;
        is_full_ = false;
        fees_sat_.reset();
    }
    // The lowest nTime of a share belongs to the tip, not to each of its templates.
    tip.min_ntime = min_ntime_;
}

CandidateGate::Verdict CandidateGate::on_early(Candidate& candidate, AskedAt asked) {
    if (is_past(candidate, asked)) return Verdict::outdated;
    if (is_tip(candidate.block_template.tip.prev_hash)) return Verdict::hold;
    move_to_tip_of(candidate);
    return Verdict::give;
}

CandidateGate::Verdict CandidateGate::on_full(Candidate& candidate, AskedAt asked,
                                              base::SteadyTime now) {
    if (is_past(candidate, asked)) return Verdict::outdated;
    move_to_tip_of(candidate);
    seen_at_ = now;
    seen_sat_ = candidate.block_template.coinbase_tx_value_remaining;
    fees_when_seen_sat_ = fees_sat_;
    const bool is_old = now - given_at_ >= settings_.refresh_interval;
    const bool is_better =
        settings_.refresh_gain_sat > 0 && seen_sat_ >= given_sat_ + settings_.refresh_gain_sat;
    if (is_full_ && !is_old && !is_better) return Verdict::hold;
    is_full_ = true;
    given_at_ = now;
    given_sat_ = seen_sat_;
    return Verdict::give;
}

void CandidateGate::on_mempool_fees(std::uint64_t fees_sat) {
    fees_sat_ = fees_sat;
    if (!fees_when_seen_sat_) fees_when_seen_sat_ = fees_sat;
}

// What a template can gain is at most about what the mempool has gained: what leaves it but by a
// block was replaced by more, or was not worth a place in a block.
bool CandidateGate::is_refresh_due(base::SteadyTime now) const {
    if (!is_full_) return true;
    if (now - given_at_ >= settings_.refresh_interval) return true;
    if (settings_.refresh_gain_sat == 0 || !fees_sat_ || !fees_when_seen_sat_) return false;
    if (now - seen_at_ <= node_cache || *fees_sat_ < *fees_when_seen_sat_) return false;
    const auto gained = *fees_sat_ - *fees_when_seen_sat_;
    return seen_sat_ + gained >= given_sat_ + settings_.refresh_gain_sat;
}

}  // namespace templates
