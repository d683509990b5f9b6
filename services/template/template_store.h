#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "mining/ids.h"
#include "template/candidate.h"

namespace templates {

/// Names candidates and keeps those of the recent tips with their transactions, since a block may
/// still come for each of them. Pure state, bounded.
class TemplateStore {
  public:
    struct Limits {
        std::size_t tips = 4;                ///< older blocks have lost for certain
        std::size_t templates_per_tip = 64;  ///< half an hour at one each 30 s, up to 2 MB each
    };

    TemplateStore(mining::Epoch epoch, Limits limits) : epoch_(epoch), limits_(limits) {}

    /// Gives the candidate its ref, epoch and sequence, and makes it the current one. Nothing when
    /// it differs in nothing from the current one. Null also when the epoch has no more names, see
    /// is_exhausted().
    const Candidate* add(Candidate candidate);

    /// For those that have none yet, of this origin.
    void add_transactions(std::uint64_t origin, const Transactions& transactions);

    bool is_exhausted() const { return sequence_ >= mining::counter_max; }
    /// Null before the first.
    const Candidate* current() const;
    /// Null when it is not held.
    const Candidate* find(mining::TemplateRef ref) const;
    /// All, oldest first.
    const std::map<mining::TemplateRef, Candidate>& all() const { return candidates_; }

  private:
    void drop_what_is_too_much();

    mining::Epoch epoch_;
    Limits limits_;
    std::uint32_t sequence_ = 0;
    std::map<mining::TemplateRef, Candidate> candidates_{};
    std::vector<bitcoin::BlockHash> tips_{};  // in the order in which each was last given
};

}  // namespace templates
