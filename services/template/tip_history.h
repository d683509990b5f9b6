#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "template/source.h"

namespace templates {

/// The ends of the chain that the nodes built on, by height: where a block stands, for who has no
/// node that can be asked. Pure state.
class TipHistory {
  public:
    /// `heights_max`: how many are remembered.
    explicit TipHistory(std::size_t heights_max) : heights_max_(heights_max) {}

    /// False when it was the tip already.
    bool on_tip(const bitcoin::BlockHash& hash, std::uint32_t height);
    /// A block that was in the chain when an earlier process looked.
    void assume(const bitcoin::BlockHash& hash, std::uint32_t height);

    /// Of the tip; nothing before the first.
    std::optional<std::uint32_t> height() const { return tip_; }
    /// `unknown` when no tip of that height was seen. That later tips build on one that was seen is
    /// taken for granted.
    BlockStanding standing(const bitcoin::BlockHash& hash, std::uint32_t height) const;

  private:
    std::size_t heights_max_;
    std::map<std::uint32_t, bitcoin::BlockHash> seen_{};
    std::optional<std::uint32_t> tip_{};
};

/// Where one node has a block, and how high that node's chain is.
struct NodeStanding {
    BlockStanding standing{};
    std::optional<std::uint32_t> height{};
};

/// What several nodes say together: the one with the highest chain is right; of equals the one
/// that has the block. `unknown` when none can tell.
BlockStanding combine(const std::vector<NodeStanding>& nodes);

}  // namespace templates
