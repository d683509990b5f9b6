#pragma once

#include <cstdint>

#include "bitcoin/network.h"

namespace bitcoin {

/// Blocks between two halvings: 210,000, on regtest 150.
std::uint32_t halving_interval(Network network);

/// What a block may create, in satoshi, besides its fees.
std::uint64_t block_subsidy(std::uint32_t height, Network network);

}  // namespace bitcoin
