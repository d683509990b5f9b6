#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "mining/ids.h"

namespace mining {

struct PayoutOutput {
    base::Bytes script{};
    std::uint32_t basis_points{};
    friend bool operator==(const PayoutOutput&, const PayoutOutput&) = default;
};

/// Who a coinbase pays, and the pool's tag in its scriptSig. The basis points add up to 10,000;
/// what rounding leaves goes to the first output, so that every satoshi is paid.
struct PayoutOutputs {
    std::vector<PayoutOutput> outputs{};
    base::Bytes pool_tag{};
    friend bool operator==(const PayoutOutputs&, const PayoutOutputs&) = default;
};

/// The first 8 bytes of the SHA-256 of the canonical form, most significant first.
OutputsId outputs_id(const PayoutOutputs& outputs);

}  // namespace mining
