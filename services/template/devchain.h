#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/clock.h"
#include "bitcoin/block.h"
#include "bitcoin/target.h"
#include "template/source.h"

namespace templates {

/// A chain of our own to try the pool on: regtest's parameters and genesis, no network, no
/// scripts. A block is validated as a node would (Bitcoin Core's order and BIP 22's words), and
/// the chain extends by it. Pure state.
class Devchain {
  public:
    struct Settings {
        /// What the difficulty aims at, block by block.
        std::chrono::milliseconds block_interval{5000};
        /// Of the first block: about two seconds of one CPU core with SHA extensions.
        std::uint32_t start_nbits = 0x1e00ffff;
        /// Where not, every block is as hard as the first; with 0x207fffff that is regtest.
        bool retargets = true;
        /// Transactions in a fresh candidate, so that merkle paths are not trivial.
        std::size_t transactions = 3;
    };

    Devchain(Settings settings, base::UnixMicros now);

    /// The candidate on top of the tip. Its min_ntime is the same as long as the tip is.
    Candidate candidate() const;

    /// Another transaction waits: the next candidate is worth more.
    void add_transaction();

    /// Nothing when the block is the new tip; otherwise the reason. "duplicate" is the tip or one
    /// of the recent blocks again; "inconclusive" is sound, but loses against the tip.
    std::optional<std::string> submit_block(base::ByteView bytes, base::UnixMicros now);

    /// A block by somebody else becomes the tip. It takes no work: nobody here has to find it.
    void extend_by_others(base::UnixMicros now);

    /// A block and those above it are taken back, as by a node's invalidateblock: the one below it
    /// is the tip again. False where it is none of the last hundred of the chain.
    bool take_back(const bitcoin::BlockHash& hash);

    /// Whether a block is among the recent ones of the chain, and how deep.
    BlockStanding find(const bitcoin::BlockHash& hash) const;

    std::uint32_t height() const { return height_; }
    const bitcoin::BlockHash& tip() const { return tip_; }
    /// The tip's own; the next block's are the candidate's.
    std::uint32_t tip_nbits() const { return tip_nbits_; }
    /// Of the tip and the ten blocks before it.
    std::uint32_t median_time_past() const;

  private:
    struct PoolTransaction {
        bitcoin::Uint256 txid{};
        bitcoin::Uint256 wtxid{};
        base::Bytes bytes{};
        std::uint64_t fee_sat{};
    };

    /// What a block changes besides the list of blocks.
    struct Position {
        base::UnixMicros tip_at{};
        std::uint32_t min_ntime{};
        std::uint32_t tip_nbits{};
        bitcoin::Target target{};
        std::uint32_t nbits{};
        std::deque<std::uint32_t> recent_times{};
    };

    std::optional<std::string> fault_of_transactions(const bitcoin::Block& block) const;
    std::optional<std::string> fault_of_header(const bitcoin::Header& header,
                                               base::UnixMicros now) const;
    std::optional<std::string> fault_in_context(const bitcoin::Block& block) const;
    void extend(const bitcoin::BlockHash& hash, std::uint32_t ntime, base::UnixMicros now);
    void retarget(base::UnixMicros now);
    void fill_pool();

    Settings settings_;
    bitcoin::BlockHash tip_{};
    std::uint32_t height_ = 0;
    base::UnixMicros tip_at_{};
    std::uint32_t min_ntime_ = 0;
    std::uint32_t tip_nbits_ = 0;
    bitcoin::Target target_{};
    std::uint32_t nbits_ = 0;
    std::vector<PoolTransaction> pool_{};
    std::deque<std::uint32_t> recent_times_{};        // of the last 11 blocks
    std::deque<bitcoin::BlockHash> recent_blocks_{};  // oldest first, the tip last
    std::unordered_set<bitcoin::BlockHash> known_{};  // recent blocks, and those that lost
    std::deque<Position> before_{};                   // each of the last hundred blocks
    std::uint64_t blocks_of_others_{};
};

}  // namespace templates
