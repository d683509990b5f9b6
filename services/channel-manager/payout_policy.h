#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "bitcoin/network.h"
#include "mining/payout.h"

namespace channel_manager {

/// Whom the blocks of a channel pay.
struct PayoutPolicy {
    enum class Mode {
        pool,  ///< the pool's outputs, whoever finds the block
        solo,  ///< the address that the channel's account is, and the pool's outputs for its fee
    };
    Mode mode = Mode::pool;
    bitcoin::Network network{};
    /// Their basis points sum to the whole for a pool, and to the fee in solo mode: none where it
    /// takes no fee. The tag is every coinbase's.
    mining::PayoutOutputs pool{};
};

/// The outputs of a channel of this account. In solo mode the account's address comes first, so
/// that it gets what rounding leaves. Nothing when the account is no address, one of another
/// network, or one that nobody can own (BIP 141's versions without a meaning yet).
std::optional<mining::PayoutOutputs> outputs_for(const PayoutPolicy& policy,
                                                 std::string_view account);

/// Splits a fee among the outputs of a pool in proportion to their basis points, which sum to the
/// whole: each gets whole basis points, the largest remainders the ones that are left, so that
/// they sum to the fee.
mining::PayoutOutputs scaled_to_fee(mining::PayoutOutputs outputs, std::uint32_t fee_basis_points);

}  // namespace channel_manager
