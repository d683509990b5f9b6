#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "bitcoin/network.h"
#include "payout/share_book.h"

namespace payout {

struct FppsRules {
    bitcoin::Network network = bitcoin::Network::mainnet;
    /// What a block of the time pays beside its subsidy.
    std::uint64_t fees_sat = 0;
    std::uint32_t fee_basis_points = 0;
};

/// Shares of one difficulty of the network and one reward, together.
struct FppsGroup {
    bitcoin::DifficultySum network_difficulty{};
    std::uint64_t reward_sat{};  ///< subsidy and fees
    bitcoin::DifficultySum difficulty{};
    std::uint64_t gross_sat{};  ///< floor(reward * difficulty / network difficulty)
    std::uint64_t fee_sat{};
};

/// `fee_sat` and the miners' amounts are `gross_sat`, which is the sum over the groups.
struct Fpps {
    std::vector<FppsGroup> groups{};
    std::uint64_t gross_sat{};
    std::uint64_t fee_sat{};
    std::vector<std::uint64_t> amounts_sat{};  ///< by miner, as ShareBook numbers them
    std::vector<bitcoin::DifficultySum> scores{};
};

/// What each share was worth on average: its part of the network's difficulty, of the subsidy at
/// its height and the fees. Shares of one network difficulty and height are added up first, so a
/// satoshi is rounded away at most once a group and not once a share.
/// Errors: for an operator; a share whose work or height nobody knows, or sums that no coin has.
base::Result<Fpps, std::string> pay_fpps(const ShareBook& book, base::UnixMicros from,
                                         base::UnixMicros to, const FppsRules& rules);

}  // namespace payout
