#include "auditor/difficulty.h"

#include <array>
#include <cstddef>
#include <limits>

namespace auditor {
namespace {

/// A number of 320 bits, least significant word first: a dividend and its remainder with room.
using Wide = std::array<std::uint32_t, 10>;

bool is_less(const Wide& a, const Wide& b) {
    for (std::size_t i = a.size(); i-- > 0;)
        if (a[i] != b[i]) return a[i] < b[i];
    return false;
}

void subtract(Wide& from, const Wide& what) {
    std::int64_t borrow = 0;
    for (std::size_t i = 0; i < from.size(); ++i) {
        auto digit = std::int64_t{from[i]} - std::int64_t{what[i]} - borrow;
        borrow = digit < 0 ? 1 : 0;
        if (digit < 0) digit += std::int64_t{1} << 32;
        from[i] = static_cast<std::uint32_t>(digit);
    }
}

void shift_in(Wide& number, std::uint32_t bit) {
    for (auto& word : number) {
        const auto top = word >> 31;
        word = (word << 1) | bit;
        bit = top;
    }
}

}  // namespace

std::uint64_t difficulty_q32(const bitcoin::Target& target) {
    Wide divisor{};
    bool is_zero = true;
    for (std::size_t i = 0; i < 32; ++i) {
        divisor[i / 4] |= std::uint32_t{target.value.bytes[i]} << (8 * (i % 4));
        is_zero = is_zero && target.value.bytes[i] == 0;
    }
    constexpr auto most = std::numeric_limits<std::uint64_t>::max();
    if (is_zero) return most;
    Wide remainder{};
    std::uint64_t quotient = 0;
    // The dividend's bits from the top: sixteen ones, then 240 zeros.
    for (int bit = 0; bit < 256; ++bit) {
        shift_in(remainder, bit < 16 ? 1 : 0);
        if (quotient >> 63 != 0) return most;
        quotient <<= 1;
        if (is_less(remainder, divisor)) continue;
        subtract(remainder, divisor);
        quotient |= 1;
    }
    return quotient;
}

}  // namespace auditor
