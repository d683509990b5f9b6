#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "mining/ids.h"
#include "template/candidate.h"
#include "template/nodes.h"
#include "template/transaction_pool.h"

namespace templates {

/// Who gave a candidate, and how the giver calls it: names are each node's own.
struct Origin {
    NodeIndex node{};
    std::uint64_t name{};
    friend bool operator==(const Origin&, const Origin&) = default;
};

/// A template, and what else it takes to build its block.
struct HeldTemplate {
    mining::BlockTemplate block_template{};
    /// Null as long as nobody has given them.
    TransactionList transactions{};
    /// Where a node of this replica gave it; one that is relayed has none here.
    std::optional<Origin> origin{};
    base::UnixMicros named_at{};  ///< by its leader's clock
};

/// As build_block() takes it: with a copy of the transactions, so for what has been solved only.
Candidate to_candidate(const HeldTemplate& held);

/// The templates of the recent tips, of whichever leader, with their transactions, since a block
/// may still come for each of them. The one with the highest ref is handed out; a late or an older
/// one only is known (architecture D12). Pure state, bounded.
class TemplateStore {
  public:
    struct Limits {
        std::size_t tips = 4;                ///< older blocks have lost for certain
        std::size_t templates_per_tip = 64;  ///< half an hour at one each 30 s
    };
    using Templates = std::map<mining::TemplateRef, HeldTemplate>;

    TemplateStore() : TemplateStore(Limits{}) {}
    explicit TemplateStore(Limits limits) : limits_(limits) {}

    /// From now on add() names candidates under this epoch. Returns false, and changes nothing,
    /// where a newer one has been seen.
    bool begin_epoch(mining::Epoch epoch);

    /// Gives the candidate its ref, epoch and sequence, and makes it the current one. Null when it
    /// differs in nothing from the current one of this epoch, when a newer epoch is current, and
    /// when this one has no more names, see is_exhausted().
    const HeldTemplate* add(Candidate candidate, Origin origin, base::UnixMicros now = {});
    bool is_exhausted() const { return sequence_ >= mining::counter_max; }

    /// Keeps one that somebody else named. Null when it is known, or too old to be kept.
    const HeldTemplate* insert(HeldTemplate relayed);

    /// For those that have none yet. Returns which.
    std::vector<mining::TemplateRef> add_transactions(Origin origin, const Transactions& given);
    /// Null when it is not held, or has its transactions.
    const HeldTemplate* set_transactions(mining::TemplateRef ref, TransactionList given);

    /// The one to hand out; null before the first.
    const HeldTemplate* current() const;
    /// Null when it is not held.
    const HeldTemplate* find(mining::TemplateRef ref) const;
    /// All, oldest first.
    const Templates& all() const { return templates_; }

    TransactionPool& pool() { return pool_; }
    const TransactionPool& pool() const { return pool_; }

  private:
    struct Tip {
        bitcoin::BlockHash prev_hash{};
        mining::TemplateRef newest{};
        std::size_t templates = 0;
    };
    /// Miners of a tip hold to the lowest nTime that they were first told; another node, or the
    /// node of another leader, may say a later one.
    void keep_min_ntime(mining::ChainTip& tip) const;
    void keep(HeldTemplate held);
    void drop_oldest_of(Tip& tip);
    void drop_oldest_tip();

    Limits limits_;
    std::optional<mining::Epoch> epoch_{};
    std::uint32_t sequence_ = 0;
    Templates templates_{};
    std::vector<Tip> tips_{};
    TransactionPool pool_{};
};

}  // namespace templates
