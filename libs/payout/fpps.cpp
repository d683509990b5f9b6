#include "payout/fpps.h"

#include <map>
#include <tuple>
#include <utility>

#include "bitcoin/subsidy.h"
#include "payout/split.h"

namespace payout {
namespace {

using bitcoin::DifficultySum;

/// By network difficulty and reward; the difficulty of each miner.
using Groups =
    std::map<std::tuple<std::uint64_t, std::uint64_t, std::uint64_t>, std::vector<DifficultySum>>;

bool add(std::uint64_t& sum, std::uint64_t more) {
    sum += more;
    return sum >= more;
}

}  // namespace

base::Result<Fpps, std::string> pay_fpps(const ShareBook& book, base::UnixMicros from,
                                         base::UnixMicros to, const FppsRules& rules) {
    Groups groups;
    for (const auto& share : book.shares()) {
        if (share.order.received_at < from || share.order.received_at >= to) continue;
        const auto& work = book.works()[share.work];
        if (work.network_difficulty == DifficultySum{} || work.height == 0)
            return base::unexpected(
                std::string{"the first shares do not say on what they were mined (height and "
                            "network_target): begin earlier, so that one before them does"});
        const auto reward = bitcoin::block_subsidy(work.height, rules.network) + rules.fees_sat;
        auto& scores = groups[{work.network_difficulty.high, work.network_difficulty.low, reward}];
        scores.resize(book.miners().size());
        scores[share.miner] += share.difficulty;
    }
    Fpps paid;
    paid.amounts_sat.resize(book.miners().size());
    paid.scores.resize(book.miners().size());
    for (const auto& [what, scores] : groups) {
        const auto& [high, low, reward] = what;
        FppsGroup group{.network_difficulty = {low, high}, .reward_sat = reward};
        for (const auto& score : scores) group.difficulty += score;
        const auto gross = share_of(reward, group.difficulty, group.network_difficulty);
        group.gross_sat = gross.value_or(0);
        if (!gross || !add(paid.gross_sat, group.gross_sat))
            return base::unexpected(std::string{
                "these shares are worth more satoshi than there are: is this a test network?"});
        group.fee_sat = basis_points_of(group.gross_sat, rules.fee_basis_points);
        paid.fee_sat += group.fee_sat;
        const auto amounts = split(group.gross_sat - group.fee_sat, scores);
        for (std::size_t i = 0; i < amounts.size(); ++i) {
            paid.amounts_sat[i] += amounts[i];
            paid.scores[i] += scores[i];
        }
        paid.groups.push_back(group);
    }
    return paid;
}

}  // namespace payout
