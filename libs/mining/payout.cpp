#include "mining/payout.h"

#include "bitcoin/compact_size.h"
#include "bitcoin/sha256.h"

namespace mining {
namespace {

void append_sized(base::Bytes& to, base::ByteView bytes) {
    bitcoin::append_compact_size(to, bytes.size());
    base::append(to, bytes);
}

/// The floor of value * basis points / 10,000, whose product may need more than 64 bits.
std::uint64_t part_of(std::uint64_t value_sat, std::uint32_t basis_points) {
    return value_sat / basis_points_whole * basis_points +
           value_sat % basis_points_whole * basis_points / basis_points_whole;
}

}  // namespace

OutputsId outputs_id(const PayoutOutputs& outputs) {
    base::Bytes content;
    bitcoin::append_compact_size(content, outputs.outputs.size());
    for (const auto& output : outputs.outputs) {
        append_sized(content, output.script);
        base::append_le(content, output.basis_points);
    }
    append_sized(content, outputs.pool_tag);
    const auto digest = bitcoin::sha256(content);
    std::uint64_t id = 0;
    for (std::size_t i = 0; i < 8; ++i) id = id << 8 | digest.bytes[i];
    return OutputsId{id};
}

base::Result<std::vector<bitcoin::TxOutput>, PayoutError> payout_amounts(
    const PayoutOutputs& outputs, std::uint64_t value_sat) {
    if (outputs.outputs.empty()) return base::unexpected(PayoutError::no_outputs);
    if (outputs.pool_tag.size() > pool_tag_size_max)
        return base::unexpected(PayoutError::pool_tag_too_long);
    std::vector<bitcoin::TxOutput> amounts;
    std::uint64_t basis_points = 0;
    std::uint64_t rest = value_sat;
    for (const auto& output : outputs.outputs) {
        basis_points += output.basis_points;
        if (basis_points > basis_points_whole)
            return base::unexpected(PayoutError::too_many_basis_points);
        const std::uint64_t part = part_of(value_sat, output.basis_points);
        amounts.push_back({.value_sat = part, .script = output.script});
        rest -= part;
    }
    amounts.front().value_sat += rest;
    return amounts;
}

}  // namespace mining
