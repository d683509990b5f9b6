#pragma once

#include <cstdint>
#include <optional>

#include "loadgen/hash_budget.h"
#include "loadgen/statistics.h"
#include "miner/work.h"

namespace loadgen {

/// Finds the shares of one channel, of one connection after the other. No header is used twice:
/// nonces and extranonces count on over jobs. Where every hash meets the target, nothing is hashed.
class WorkSource {
  public:
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

  private:
    bool is_possible(Intent intent) const;
    std::optional<miner::FoundShare> search(const miner::Work& work, Intent intent,
                                            HashBudget& budget, base::SteadyTime now,
                                            bool needs_hash);
    bitcoin::Uint256 merkle_root(const miner::Work& work, const base::Bytes& extranonce) const;

    std::optional<miner::Work> work_{};
    std::optional<miner::Work> stale_{};
    std::optional<miner::FoundShare> last_{};  ///< honest, of this tip
    std::uint64_t nonce_ = 0;
    std::uint64_t extranonce_ = 0;
    std::uint32_t rolls_ = 0;
};

}  // namespace loadgen
