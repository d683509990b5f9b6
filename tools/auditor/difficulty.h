#pragma once

#include <cstdint>

#include "bitcoin/target.h"

namespace auditor {

/// 0xFFFF * 2^240 / target, rounded down; at most 2^64 - 1. By long division, bit by bit.
std::uint64_t difficulty_q32(const bitcoin::Target& target);

}  // namespace auditor
