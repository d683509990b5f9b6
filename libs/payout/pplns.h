#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "payout/share_book.h"

namespace payout {

/// What is known of a block that the pool found.
struct Block {
    bitcoin::BlockHash hash{};
    std::uint32_t height{};
    std::uint64_t reward_sat{};
    base::UnixMicros found_at{};
};

struct PplnsRules {
    /// The window is so many times the block's difficulty.
    std::uint32_t window = 2;
    std::uint32_t fee_basis_points = 0;
};

/// How one block is divided: `fee_sat`, `unearned_sat` and the miners' amounts are its reward.
struct PplnsBlock {
    Block block{};
    std::uint64_t fee_sat{};
    /// Nobody has a share in the window.
    std::uint64_t unearned_sat{};
    /// The window as it should be, and as far as there are shares for it.
    bitcoin::DifficultySum window{};
    bitcoin::DifficultySum filled{};
    /// By miner, as ShareBook numbers them; zero for who has no share in the window.
    std::vector<std::uint64_t> amounts_sat{};
    std::vector<bitcoin::DifficultySum> scores{};
};

/// The block's reward to the last shares up to the one that solved it: the window goes back from
/// there until it holds `window` times the network's difficulty, and of the share at its edge only
/// the part within counts. Nothing where the network's difficulty is not known, neither from the
/// share that solved it nor from one before.
std::optional<PplnsBlock> pay_pplns(const ShareBook& book, const Block& block,
                                    const PplnsRules& rules);

}  // namespace payout
