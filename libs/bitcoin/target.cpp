#include "bitcoin/target.h"

#include <cmath>

#include "bitcoin/arith256.h"

namespace bitcoin {
namespace {

/// A whole, non-negative double below 2^256, exactly.
Arith256 from_whole_double(double whole) {
    int exponent = 0;
    const double fraction = std::frexp(whole, &exponent);  // whole = fraction * 2^exponent
    const Arith256 digits{static_cast<std::uint64_t>(std::ldexp(fraction, 53))};
    return exponent >= 53 ? digits << static_cast<std::size_t>(exponent - 53)
                          : digits >> static_cast<std::size_t>(53 - exponent);
}

}  // namespace

std::optional<Target> expand_nbits(std::uint32_t nbits) {
    const std::size_t size = nbits >> 24;  // bytes of the number
    const std::uint32_t word = nbits & 0x007fffffU;
    const bool negative = (nbits & 0x00800000U) != 0;
    if (word == 0 || negative) return std::nullopt;
    if (size > 34 || (word > 0xff && size > 33) || (word > 0xffff && size > 32))
        return std::nullopt;
    const Arith256 value =
        size <= 3 ? Arith256{word} >> (8 * (3 - size)) : Arith256{word} << (8 * (size - 3));
    if (value.is_zero()) return std::nullopt;
    return Target{value.to_uint256()};
}

std::uint32_t to_nbits(const Target& target) {
    const Arith256 value{target.value};
    std::size_t size = (value.bit_width() + 7) / 8;
    const Arith256 top = size <= 3 ? value << (8 * (3 - size)) : value >> (8 * (size - 3));
    auto word = static_cast<std::uint32_t>(top.limbs[0]);
    if ((word & 0x00800000U) != 0) {  // the sign bit: give up one byte of precision
        word >>= 8;
        ++size;
    }
    return word | static_cast<std::uint32_t>(size << 24);
}

std::optional<Target> target_for_hash_rate(double hash_rate_hps, double shares_per_minute) {
    if (!(hash_rate_hps >= 0) || !(shares_per_minute > 0)) return std::nullopt;
    const double work = std::floor(hash_rate_hps * (60 / shares_per_minute));
    if (!(work < std::ldexp(1.0, 256))) return std::nullopt;
    const Arith256 w = from_whole_double(work);
    return Target{((~w) / (w + Arith256{1})).to_uint256()};  // ~w = 2^256 - 1 - w
}

double expected_hashes(const Target& target) {
    // 2^256 / (t + 1) = (2^256 - (t + 1)) / (t + 1) + 1, which never leaves 256 bits.
    const Arith256 t{target.value};
    const Arith256 next = t + Arith256{1};
    if (next.is_zero()) return 1;
    return ((~t) / next).to_double() + 1;
}

}  // namespace bitcoin
