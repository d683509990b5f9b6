#include "mining/coinbase_limits.h"

#include <fmt/format.h>

#include "bitcoin/compact_size.h"
#include "bitcoin/script.h"

namespace mining {
namespace {

constexpr std::size_t witness_scale = 4;
/// Marker, flag, one item of 32 bytes (BIP 141).
constexpr std::size_t witness_weight = 2 + 1 + 1 + 32;
/// Version, one input of the null outpoint with the longest scriptSig and its size, sequence,
/// locktime.
constexpr std::size_t frame_size_max = 4 + 1 + 36 + 1 + bitcoin::coinbase_script_size_max + 4 + 4;
/// The output that commits to the witnesses: value, size, script.
constexpr std::size_t commitment_size = 8 + 1 + 38;

std::uint64_t sigops_cost(const PayoutOutputs& outputs) {
    std::uint64_t count = 0;
    for (const auto& output : outputs.outputs)
        count += bitcoin::signature_operations(output.script);
    return count * witness_scale;
}

}  // namespace

CoinbaseCost coinbase_cost(const BlockTemplate& block_template, const PayoutOutputs& outputs,
                           const bitcoin::CoinbaseParts& parts, std::size_t full_extranonce_size) {
    const auto stripped = parts.prefix.size() + full_extranonce_size + parts.suffix.size();
    return {.weight = stripped * witness_scale + (block_template.segwit ? witness_weight : 0),
            .sigops = sigops_cost(outputs)};
}

CoinbaseCost coinbase_cost_max(const PayoutOutputs& outputs) {
    auto size =
        frame_size_max + commitment_size + bitcoin::compact_size_length(outputs.outputs.size() + 1);
    for (const auto& output : outputs.outputs)
        size += 8 + bitcoin::compact_size_length(output.script.size()) + output.script.size();
    return {.weight = size * witness_scale + witness_weight, .sigops = sigops_cost(outputs)};
}

std::optional<std::string> misfit(const BlockTemplate& block_template, const CoinbaseCost& cost) {
    const auto& weight_max = block_template.coinbase_weight_max;
    if (weight_max && cost.weight > *weight_max)
        return fmt::format(
            "the coinbase weighs {}, and the node's template leaves {} for it: pay to fewer or "
            "shorter scripts, or have the node reserve more (-blockreservedweight)",
            cost.weight, *weight_max);
    const auto& sigops_max = block_template.coinbase_sigops_max;
    if (sigops_max && cost.sigops > *sigops_max)
        return fmt::format(
            "the signature operations of the coinbase's outputs cost {}, and the node's template "
            "leaves {} for them: pay to addresses instead of bare scripts",
            cost.sigops, *sigops_max);
    return std::nullopt;
}

}  // namespace mining
