#include "sv1/difficulty.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>

#include "bitcoin/arith256.h"

namespace sv1 {
namespace {

using bitcoin::Arith256;

constexpr std::uint64_t d1_digits = 0xffff;
constexpr int d1_shift = 208;
constexpr int double_digits = 53;
constexpr double integer_end = 9223372036854775808.0;  // 2^63

/// A number that is at most this many ulps of 2^-62 below D1 / target, and never above.
double difficulty_not_above(const bitcoin::Target& target) {
    const Arith256 t{target.value};
    if (t.is_zero()) return std::ldexp(static_cast<double>(d1_digits), d1_shift);
    // The target as divisor * 2^exponent, where the divisor has 64 bits and is rounded up.
    const auto width = static_cast<int>(t.bit_width());
    int exponent = width - 64;
    std::uint64_t divisor{};
    if (exponent <= 0) {
        divisor = t.limbs[0] << -exponent;
    } else {
        const auto shift = static_cast<std::size_t>(exponent);
        const Arith256 high = t >> shift;
        divisor = high.limbs[0];
        if ((high << shift) != t && ++divisor == 0) {
            divisor = std::uint64_t{1} << 63;
            ++exponent;
        }
    }
    constexpr int numerator_shift = 111;  // leaves a quotient of 63 or 64 bits
    const Arith256 quotient =
        (Arith256{d1_digits} << std::size_t{numerator_shift}) / Arith256{divisor};
    const int dropped = static_cast<int>(quotient.bit_width()) - double_digits;
    return std::ldexp(static_cast<double>(quotient.limbs[0] >> dropped),
                      dropped + d1_shift - numerator_shift - exponent);
}

double rounded(double difficulty, Rounding rounding) {
    if (difficulty < 1) return difficulty;
    switch (rounding) {
        case Rounding::none: break;
        case Rounding::whole: return std::floor(difficulty);
        case Rounding::power_of_two: return std::ldexp(1.0, std::ilogb(difficulty));
    }
    return difficulty;
}

}  // namespace

ToldDifficulty tell_difficulty(const bitcoin::Target& target, Rounding rounding) {
    // What was made of a difficulty is told as that one, and not as the next below it.
    double exact = difficulty_not_above(target);
    const double above = std::nextafter(exact, std::numeric_limits<double>::max());
    if (target_of(above) >= target) exact = above;
    const double difficulty = rounded(exact, rounding);
    return {difficulty, target_of(difficulty)};
}

bitcoin::Target target_of(double difficulty) {
    int exponent{};
    const double fraction = std::frexp(difficulty, &exponent);
    const auto divisor = static_cast<std::uint64_t>(std::ldexp(fraction, double_digits));
    if (divisor == 0) return bitcoin::target_max();
    // D1 / difficulty = 0xFFFF * 2^zeros / divisor, by long division, bit for bit: the numerator
    // may have more than 256 bits, the remainder has never more than 54.
    const int zeros = d1_shift - (exponent - double_digits);
    Arith256 quotient;
    std::uint64_t remainder{};
    for (int bit = 15 + zeros; bit >= 0; --bit) {
        if (quotient.bit_width() == 256) return bitcoin::target_max();
        const int digit = bit - zeros;
        remainder = remainder << 1 | (digit >= 0 ? d1_digits >> digit & 1U : 0U);
        quotient = quotient << 1;
        if (remainder >= divisor) {
            remainder -= divisor;
            quotient.limbs[0] |= 1U;
        }
    }
    return bitcoin::Target{quotient.to_uint256()};
}

void append_difficulty(double difficulty, std::string& out) {
    std::array<char, 400> text{};  // the smallest double has 326 characters
    const auto written =
        std::to_chars(text.data(), text.data() + text.size(), difficulty, std::chars_format::fixed);
    out.append(text.data(), written.ptr);
    // A whole number that no integer of a reader holds; with a point it is read as a double.
    if (difficulty >= integer_end) out.append(".0");
}

}  // namespace sv1
