#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>

#include "bitcoin/uint256.h"

namespace bitcoin {

/// What double SHA-256 makes of a header, read as a number, least significant byte first.
struct BlockHash {
    Uint256 value{};
    friend constexpr auto operator<=>(const BlockHash&, const BlockHash&) = default;
};

/// The largest hash that counts; smaller is harder.
struct Target {
    Uint256 value{};
    friend constexpr auto operator<=>(const Target&, const Target&) = default;

    /// Equality counts (Sv2 5.3.21).
    constexpr bool is_met_by(const BlockHash& hash) const { return hash.value <= value; }
};

/// The easiest target there is: every hash meets it.
constexpr Target target_max() {
    return Target{uint256_max()};
}

/// The target that a header's compact form stands for, as consensus reads it.
/// Nothing for what consensus refuses: a negative number, zero, or more than 256 bits.
std::optional<Target> expand_nbits(std::uint32_t nbits);

/// The compact form, rounded down to its 23 or 24 significant bits, as consensus writes it.
std::uint32_t to_nbits(const Target& target);

/// The target at which `hash_rate_hps` hashes a second find `shares_per_minute` shares:
/// w = floor(h * (60 / r)) in double precision, t = (2^256 - 1 - w) div (w + 1). No hash rate
/// gives the maximum. Nothing for a rate of shares that is not positive, for negative or
/// non-finite input, and where a share would take 2^256 hashes or more.
std::optional<Target> target_for_hash_rate(double hash_rate_hps, double shares_per_minute);

/// How many hashes it takes on average to meet the target: 2^256 / (t + 1). For estimates of
/// hash rate; accounts use Difficulty.
double expected_hashes(const Target& target);

}  // namespace bitcoin

template <>
struct std::hash<bitcoin::BlockHash> {
    std::size_t operator()(const bitcoin::BlockHash& key) const noexcept {
        return std::hash<bitcoin::Uint256>{}(key.value);
    }
};
