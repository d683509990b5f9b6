#include "template/witness_check.h"

#include <algorithm>
#include <array>

namespace templates {
namespace {

bool is_commitment(const bitcoin::TxOutput& output) {
    static constexpr std::array<std::byte, 6> begin{std::byte{0x6a}, std::byte{0x24},
                                                    std::byte{0xaa}, std::byte{0x21},
                                                    std::byte{0xa9}, std::byte{0xed}};
    return output.script.size() >= begin.size() + 32 &&
           std::equal(begin.begin(), begin.end(), output.script.begin());
}

}  // namespace

std::optional<std::string> witness_fault(const bitcoin::Block& block) {
    if (bitcoin::witness_commitment_matches(block)) return std::nullopt;
    const auto& coinbase = block.transactions.front();
    if (std::none_of(coinbase.outputs.begin(), coinbase.outputs.end(), is_commitment))
        return "unexpected-witness";
    const auto& witness = coinbase.inputs.front().witness;
    if (witness.size() != 1 || witness.front().size() != 32) return "bad-witness-nonce-size";
    return "bad-witness-merkle-match";
}

}  // namespace templates
