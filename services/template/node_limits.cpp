#include "template/node_limits.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "bitcoin/compact_size.h"
#include "bitcoin/header.h"
#include "mining/coinbase_limits.h"
#include "template/json_fields.h"

namespace templates {
namespace {

using nlohmann::json;

constexpr std::uint64_t witness_scale = 4;
// Without segwit a node counts signature operations and not their cost, and says so by the limit.
constexpr std::uint64_t legacy_sigops_max = mining::block_sigops_cost_max / witness_scale;

/// Over the first `count` transactions; nothing when one does not have it.
std::optional<std::uint64_t> sum_of(const json& transactions, std::size_t count, const char* key) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const auto& transaction = transactions[i];
        const auto value = transaction.is_object() ? integer(transaction, key) : std::nullopt;
        if (!value || *value > mining::block_weight_max) return std::nullopt;
        sum += *value;
    }
    return sum;
}

std::uint32_t what_is_left(std::uint64_t limit, std::uint64_t most, std::uint64_t taken) {
    const auto all = std::min(limit, most);
    return static_cast<std::uint32_t>(all - std::min(all, taken));
}

}  // namespace

void read_limits(const json& answer, std::size_t kept, mining::BlockTemplate& to) {
    const auto transactions = answer.find("transactions");
    if (transactions == answer.end() || !transactions->is_array() || transactions->size() < kept)
        return;
    const auto weight_limit = integer(answer, "weightlimit");
    const auto weight = sum_of(*transactions, kept, "weight");
    const auto frame = bitcoin::header_size + bitcoin::compact_size_length(kept + 1);
    if (weight_limit && weight)
        to.coinbase_weight_max =
            what_is_left(*weight_limit, mining::block_weight_max, *weight + frame * witness_scale);
    const auto sigops_limit = integer(answer, "sigoplimit");
    const auto sigops = sum_of(*transactions, kept, "sigops");
    if (!sigops_limit || !sigops) return;
    const auto scale = *sigops_limit <= legacy_sigops_max ? witness_scale : 1;
    to.coinbase_sigops_max =
        what_is_left(*sigops_limit * scale, mining::block_sigops_cost_max, *sigops * scale);
}

}  // namespace templates
