#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "bitcoin/block.h"
#include "template/candidate.h"

namespace simulation {

/// Every block that anybody has found, with regtest's rules but for the work that it takes, and the
/// transactions that wait. Nodes have each a part of it (node.h). Pure state.
class BlockTree {
  public:
    struct Settings {
        /// What a hash must meet to be a block: one in 2^10.
        std::uint32_t nbits = 0x1f3fffff;
        /// In a candidate of a new tip; one more waits after each `interval`.
        std::size_t transactions = 2;
        std::chrono::seconds interval{6};
    };
    struct Entry {
        bitcoin::BlockHash prev{};
        std::uint32_t height{};
        std::uint32_t ntime{};
        bool is_ours{};  ///< whole, and checked
    };

    BlockTree(Settings settings, base::UnixMicros now);

    const bitcoin::BlockHash& root() const { return root_; }
    /// Of a block that is there.
    const Entry& at(const bitcoin::BlockHash& hash) const { return entries_.at(hash); }
    bool contains(const bitcoin::BlockHash& hash) const { return entries_.contains(hash); }
    /// The block that is so far below another one; the root where there are not so many.
    bitcoin::BlockHash ancestor(bitcoin::BlockHash hash, std::uint32_t depth) const;
    bool is_ancestor(const bitcoin::BlockHash& ancestor, bitcoin::BlockHash of) const;

    /// Somebody else finds a block, which takes no work here.
    bitcoin::BlockHash extend(const bitcoin::BlockHash& parent, base::UnixMicros now);
    /// What a node says of a block whose parent it has (BIP 22); nothing where it is sound. It is
    /// in the tree then.
    std::optional<std::string> take(const bitcoin::Block& block, base::UnixMicros now);

    /// How many transactions wait, so long after the tip came.
    std::size_t waiting(std::chrono::microseconds age_of_tip) const;
    templates::Candidate candidate(const bitcoin::BlockHash& parent, std::size_t transactions);

  private:
    struct Waiting {
        bitcoin::Uint256 txid{};
        bitcoin::Uint256 wtxid{};
        base::Bytes bytes{};
    };
    const Waiting& waiting_at(const bitcoin::BlockHash& parent, std::size_t index);
    std::uint32_t median_time_past(bitcoin::BlockHash of) const;
    std::optional<std::string> fault(const bitcoin::Block& block, base::UnixMicros now);

    Settings settings_;
    bitcoin::BlockHash root_{};
    std::unordered_map<bitcoin::BlockHash, Entry> entries_{};
    std::map<bitcoin::BlockHash, std::vector<Waiting>> waiting_{};  // by the tip
    std::map<std::pair<bitcoin::BlockHash, std::size_t>, templates::Candidate> candidates_{};
    std::uint64_t found_by_others_ = 0;
};

}  // namespace simulation
