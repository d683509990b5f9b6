#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>

#include "bitcoin/uint256.h"

namespace bitcoin {

/// A 256-bit number to calculate with, modulo 2^256: four limbs, least significant first.
struct Arith256 {
    std::array<std::uint64_t, 4> limbs{};

    constexpr Arith256() = default;
    constexpr explicit Arith256(std::uint64_t low) : limbs{low, 0, 0, 0} {}
    explicit Arith256(const Uint256& value);

    Uint256 to_uint256() const;
    /// The nearest double at or near the value; for estimates only, never for accounts.
    double to_double() const;

    constexpr bool is_zero() const { return (limbs[0] | limbs[1] | limbs[2] | limbs[3]) == 0; }
    /// How many bits the number needs: 0 for zero, 256 for 2^255 and above.
    std::size_t bit_width() const;

    friend constexpr bool operator==(const Arith256&, const Arith256&) = default;
    friend std::strong_ordering operator<=>(const Arith256& a, const Arith256& b);
    friend Arith256 operator~(Arith256 a);
    friend Arith256 operator+(Arith256 a, const Arith256& b);
    friend Arith256 operator-(Arith256 a, const Arith256& b);
    /// Shifts by 256 and more give zero.
    friend Arith256 operator<<(const Arith256& a, std::size_t bits);
    friend Arith256 operator>>(const Arith256& a, std::size_t bits);
    /// Rounds down. The divisor is not zero: that is the caller's to see to.
    friend Arith256 operator/(const Arith256& a, const Arith256& b);
};

}  // namespace bitcoin
