#include "payout/pplns.h"

#include <limits>

#include "payout/split.h"

namespace payout {
namespace {

using bitcoin::DifficultySum;

/// Shares that were received up to the block, and the difficulty that it had.
struct Until {
    std::size_t count = 0;
    DifficultySum network_difficulty{};
};

Until until(const ShareBook& book, const Block& block) {
    const auto* solution = book.solution(block.hash);
    constexpr auto most = std::numeric_limits<std::uint32_t>::max();
    const ShareOrder at = solution != nullptr ? solution->order
                                              : ShareOrder{block.found_at, ~std::uint64_t{0},
                                                           ~std::uint64_t{0}, most, most};
    Until found{.count = book.count_until(at)};
    if (solution != nullptr) found.network_difficulty = solution->work.network_difficulty;
    for (auto i = found.count; i > 0 && found.network_difficulty == DifficultySum{}; --i)
        found.network_difficulty = book.works()[book.shares()[i - 1].work].network_difficulty;
    return found;
}

}  // namespace

std::optional<PplnsBlock> pay_pplns(const ShareBook& book, const Block& block,
                                    const PplnsRules& rules) {
    const auto last = until(book, block);
    if (last.network_difficulty == DifficultySum{}) return std::nullopt;
    PplnsBlock paid{.block = block,
                    .fee_sat = basis_points_of(block.reward_sat, rules.fee_basis_points),
                    .window = times(last.network_difficulty, rules.window),
                    .scores = std::vector<DifficultySum>(book.miners().size())};
    for (auto i = last.count; i > 0 && paid.filled < paid.window; --i) {
        const auto& share = book.shares()[i - 1];
        DifficultySum counts{.low = share.difficulty.q32, .high = 0};
        const auto room = minus(paid.window, paid.filled);
        if (room < counts) counts = room;
        paid.filled += counts;
        paid.scores[share.miner] += counts;
    }
    const auto to_miners = block.reward_sat - paid.fee_sat;
    paid.amounts_sat = split(to_miners, paid.scores);
    if (paid.filled == DifficultySum{}) paid.unearned_sat = to_miners;
    return paid;
}

}  // namespace payout
