#include "template/witness_check.h"

#include <algorithm>

namespace templates {

std::optional<std::string> witness_fault(const bitcoin::Block& block) {
    if (bitcoin::witness_commitment_matches(block)) return std::nullopt;
    const auto& coinbase = block.transactions.front();
    if (std::none_of(coinbase.outputs.begin(), coinbase.outputs.end(),
                     bitcoin::is_witness_commitment))
        return "unexpected-witness";
    const auto& witness = coinbase.inputs.front().witness;
    if (witness.size() != 1 || witness.front().size() != 32) return "bad-witness-nonce-size";
    return "bad-witness-merkle-match";
}

}  // namespace templates
