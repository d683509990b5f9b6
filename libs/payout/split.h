#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "bitcoin/difficulty.h"
#include "bitcoin/target.h"

/// Who earned what of the pool's blocks: integers alone, so that everybody computes the same.
namespace payout {

/// Divides `total` satoshi in proportion to the scores, to the last one of them: each gets what
/// divides without remainder, and what is left goes one by one to the largest remainders, among
/// equal ones to the first. Where every score is zero nobody gets anything. The scores' sum is
/// below 2^128.
std::vector<std::uint64_t> split(std::uint64_t total,
                                 const std::vector<bitcoin::DifficultySum>& scores);

/// floor(amount * score / of); nothing where that does not fit 64 bits, or `of` is zero.
std::optional<std::uint64_t> share_of(std::uint64_t amount, const bitcoin::DifficultySum& score,
                                      const bitcoin::DifficultySum& of);

/// A block's difficulty in the units of a share's: the floor of D1 * 2^32 / target, at least one
/// unit, and saturating at 2^128 - 1.
bitcoin::DifficultySum network_difficulty(const bitcoin::Target& network_target);

/// Saturates at 2^128 - 1.
bitcoin::DifficultySum times(const bitcoin::DifficultySum& score, std::uint64_t factor);

/// The larger one comes first.
bitcoin::DifficultySum minus(const bitcoin::DifficultySum& a, const bitcoin::DifficultySum& b);

/// Basis points of an amount, rounded down.
std::uint64_t basis_points_of(std::uint64_t amount, std::uint32_t basis_points);

}  // namespace payout
