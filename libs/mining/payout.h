#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "bitcoin/transaction.h"
#include "mining/ids.h"

namespace mining {

inline constexpr std::uint32_t basis_points_whole = 10'000;

/// The most that one push of the pool's tag takes beside the other parts of a scriptSig:
/// 100 - 8 (height) - 1 (push) - 1 - 8 - 2 (template, variant) - 32 (extranonce).
inline constexpr std::size_t pool_tag_size_max = 48;

struct PayoutOutput {
    base::Bytes script{};
    std::uint32_t basis_points{};  ///< of the block's value, rounded down
    friend bool operator==(const PayoutOutput&, const PayoutOutput&) = default;
};

/// Whom a block pays. What rounding and the basis points leave goes to the first output, so the
/// amounts sum exactly to the template's value.
struct PayoutOutputs {
    std::vector<PayoutOutput> outputs{};
    base::Bytes pool_tag{};  ///< a text in the scriptSig; none when empty
    friend bool operator==(const PayoutOutputs&, const PayoutOutputs&) = default;
};

enum class PayoutError {
    no_outputs,
    too_many_basis_points,  ///< more than the whole
    pool_tag_too_long,      ///< more than pool_tag_size_max
};

/// The name that batches and job records use for these outputs.
OutputsId outputs_id(const PayoutOutputs& outputs);

/// The outputs with their amounts, in their order. Errors: each enumerator of PayoutError.
base::Result<std::vector<bitcoin::TxOutput>, PayoutError> payout_amounts(
    const PayoutOutputs& outputs, std::uint64_t value_sat);

}  // namespace mining
