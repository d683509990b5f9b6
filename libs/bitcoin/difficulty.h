#pragma once

#include <compare>
#include <cstdint>

#include "bitcoin/target.h"

namespace bitcoin {

/// How much work a share of a target stands for, in fixed point with 32 binary places: the
/// floor of D1 * 2^32 / target, where D1 = 0xFFFF * 2^208 has difficulty 1. Since D1 * 2^32 is
/// 2^256 less one part in 65,536, `q32` is also, that closely, the expected number of hashes.
/// Saturates at 2^64 - 1, which is difficulty 4,294,967,296 (1.8e19 hashes a share).
struct Difficulty {
    std::uint64_t q32{};
    friend constexpr auto operator<=>(Difficulty, Difficulty) = default;

    /// The part before the point, as the wire and operators count it.
    constexpr std::uint64_t whole() const { return q32 >> 32; }
    /// For display and estimates.
    constexpr double to_double() const { return static_cast<double>(q32) / 4294967296.0; }
};

/// Saturates; a target of zero, which nothing meets, is the most difficult.
Difficulty difficulty_of(const Target& target);

/// The same as a number, which has no end: networks' difficulties are far above what a Difficulty
/// can hold. For display and estimates.
double approximate_difficulty(const Target& target);

/// The easiest target of at least this difficulty; the maximum for difficulty zero.
Target target_of(Difficulty difficulty);

/// A sum of difficulties that no pool can overflow: 128 bits with 32 binary places.
struct DifficultySum {
    std::uint64_t low{};   ///< bits 0 to 63 of the sum, in Q32
    std::uint64_t high{};  ///< bits 64 to 127

    friend constexpr bool operator==(const DifficultySum&, const DifficultySum&) = default;
    friend constexpr std::strong_ordering operator<=>(const DifficultySum& a,
                                                      const DifficultySum& b) {
        if (a.high != b.high) return a.high <=> b.high;
        return a.low <=> b.low;
    }

    constexpr DifficultySum& operator+=(DifficultySum more) {
        low += more.low;
        high += more.high + (low < more.low ? 1 : 0);
        return *this;
    }
    constexpr DifficultySum& operator+=(Difficulty more) {
        return *this += DifficultySum{.low = more.q32, .high = 0};
    }

    /// The part before the point, saturating at 2^64 - 1.
    constexpr std::uint64_t whole() const {
        return (high >> 32) != 0 ? ~std::uint64_t{0} : (high << 32) | (low >> 32);
    }
    /// The part after the point, always below difficulty 1: what is carried into the next
    /// acknowledged batch.
    constexpr Difficulty fraction() const { return Difficulty{low & 0xffffffffU}; }
};

}  // namespace bitcoin
