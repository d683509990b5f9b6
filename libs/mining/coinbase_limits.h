#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "bitcoin/coinbase.h"
#include "mining/block_template.h"
#include "mining/payout.h"

namespace mining {

/// Of consensus: what all of a block may weigh, and what its signature operations may cost (BIP
/// 141).
inline constexpr std::uint32_t block_weight_max = 4'000'000;
inline constexpr std::uint32_t block_sigops_cost_max = 80'000;

/// What a coinbase takes of a block.
struct CoinbaseCost {
    std::size_t weight{};
    std::uint64_t sigops{};  ///< their cost: four for each in an output script
};

/// `outputs` and the template's own, around an extranonce of this size.
CoinbaseCost coinbase_cost(const BlockTemplate& block_template, const PayoutOutputs& outputs,
                           const bitcoin::CoinbaseParts& parts, std::size_t full_extranonce_size);

/// The most that a coinbase with these outputs takes, whatever the template: with the longest
/// scriptSig, a witness and a commitment.
CoinbaseCost coinbase_cost_max(const PayoutOutputs& outputs);

/// Why a block of the template with such a coinbase would be invalid whatever its hash, with the
/// cure; nothing when it fits, or where the node does not say what it left.
std::optional<std::string> misfit(const BlockTemplate& block_template, const CoinbaseCost& cost);

}  // namespace mining
