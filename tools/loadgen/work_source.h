#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include "loadgen/hash_budget.h"
#include "loadgen/statistics.h"
#include "miner/work.h"

namespace loadgen {

/// Finds the shares of one channel, of one connection after the other. No header is used twice:
/// nonces and extranonces count on over jobs. Where every hash meets the target, nothing is hashed.
class WorkSource {
  public:
    /// Jobs are kept until their tip is over: what was found ahead stays good, and a pool has to
    /// take shares of a job that is not its newest.
    void keep_jobs() { keeps_jobs_ = true; }
    /// No share solves a block, where the share's target is easier than the network's.
    void avoid_blocks() { avoids_blocks_ = true; }

    /// The work that it replaces is kept as stale when it was for another tip.
    void set(miner::Work work);
    void clear() { work_.reset(); }
    /// Another connection, another channel: nothing of the old one is good for anything.
    void forget();

    const std::optional<miner::Work>& work() const { return work_; }

    /// A share of that intent, or an honest one where that is impossible now: `intent` says which.
    /// Nothing without work, or when the hashes do not suffice. Without `needs_hash` the share may
    /// have none.
    std::optional<miner::FoundShare> find(Intent& intent, HashBudget& budget, base::SteadyTime now,
                                          bool needs_hash);

    /// Finds honest shares ahead, until there are so many; find() hands them out before it hashes.
    /// Whether there are: where every hash meets the target there need be none.
    bool stock_up(std::size_t shares, HashBudget& budget, base::SteadyTime now);

  private:
    bool is_possible(Intent intent) const;
    std::optional<miner::FoundShare> search(const miner::Work& work, Intent intent,
                                            HashBudget& budget, base::SteadyTime now,
                                            bool needs_hash);
    bitcoin::Uint256 merkle_root(const miner::Work& work, const base::Bytes& extranonce) const;

    std::optional<miner::Work> work_{};
    std::optional<miner::Work> stale_{};
    std::optional<miner::FoundShare> last_{};  ///< honest, of this tip
    std::deque<miner::FoundShare> stock_{};    ///< of this tip
    bool keeps_jobs_ = false;
    bool avoids_blocks_ = false;
    std::uint64_t nonce_ = 0;
    std::uint64_t extranonce_ = 0;
    std::uint32_t rolls_ = 0;
};

}  // namespace loadgen
