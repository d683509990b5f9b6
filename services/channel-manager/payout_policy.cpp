#include "channel-manager/payout_policy.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "bitcoin/address.h"
#include "bitcoin/script.h"

namespace channel_manager {

std::optional<mining::PayoutOutputs> outputs_for(const PayoutPolicy& policy,
                                                 std::string_view account) {
    if (policy.mode == PayoutPolicy::Mode::pool) return policy.pool;
    auto script = bitcoin::script_of_address(account, policy.network);
    if (!script || bitcoin::script_type(*script) == bitcoin::ScriptType::witness_unknown)
        return std::nullopt;
    auto outputs = policy.pool;
    std::uint32_t fee = 0;
    for (const auto& output : outputs.outputs) fee += output.basis_points;
    outputs.outputs.insert(outputs.outputs.begin(),
                           {*std::move(script), mining::basis_points_whole - fee});
    return outputs;
}

mining::PayoutOutputs scaled_to_fee(mining::PayoutOutputs outputs, std::uint32_t fee_basis_points) {
    auto& parts = outputs.outputs;
    std::vector<std::uint32_t> remainders;
    std::uint32_t left = fee_basis_points;
    for (auto& part : parts) {
        const auto product = part.basis_points * fee_basis_points;  // at most 10^8
        part.basis_points = product / mining::basis_points_whole;
        remainders.push_back(product % mining::basis_points_whole);
        left -= part.basis_points;
    }
    std::vector<std::size_t> order(parts.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, std::greater{}, [&](std::size_t i) { return remainders[i]; });
    for (std::size_t i = 0; i < left && i < order.size(); ++i) ++parts[order[i]].basis_points;
    return outputs;
}

}  // namespace channel_manager
