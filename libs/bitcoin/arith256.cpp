#include "bitcoin/arith256.h"

#include <bit>
#include <cmath>

namespace bitcoin {
namespace {

__extension__ using Wide = unsigned __int128;

std::size_t used_limbs(const Arith256& a) {
    std::size_t used = 4;
    while (used > 0 && a.limbs[used - 1] == 0) --used;
    return used;
}

Arith256 divide_by_limb(const Arith256& a, std::uint64_t divisor) {
    Arith256 quotient;
    Wide remainder = 0;
    for (std::size_t i = 4; i-- > 0;) {
        const Wide step = (remainder << 64) | a.limbs[i];
        quotient.limbs[i] = static_cast<std::uint64_t>(step / divisor);
        remainder = step % divisor;
    }
    return quotient;
}

/// Long division in base 2^64 (Knuth, The Art of Computer Programming, 4.3.1, algorithm D) for
/// divisors of `n` >= 2 limbs: the first limbs give a guess that is at most two too large.
Arith256 divide_long(const Arith256& a, const Arith256& b, std::size_t n) {
    const auto shift = static_cast<unsigned>(std::countl_zero(b.limbs[n - 1]));
    const Arith256 v = b << shift;
    std::array<std::uint64_t, 5> u{};
    const Arith256 low = a << shift;
    for (std::size_t i = 0; i < 4; ++i) u[i] = low.limbs[i];
    u[4] = shift == 0 ? 0 : a.limbs[3] >> (64 - shift);

    Arith256 quotient;
    for (std::size_t j = 5 - n; j-- > 0;) {
        const Wide top = (Wide{u[j + n]} << 64) | u[j + n - 1];
        Wide guess = top / v.limbs[n - 1];
        Wide rest = top % v.limbs[n - 1];
        while ((guess >> 64) != 0 || guess * v.limbs[n - 2] > ((rest << 64) | u[j + n - 2])) {
            --guess;
            rest += v.limbs[n - 1];
            if ((rest >> 64) != 0) break;
        }
        Wide carry = 0;
        std::uint64_t borrow = 0;
        for (std::size_t i = 0; i <= n; ++i) {
            const Wide product = (i < n ? guess * v.limbs[i] : Wide{0}) + carry;
            carry = product >> 64;
            const Wide take = Wide{static_cast<std::uint64_t>(product)} + borrow;
            borrow = u[j + i] < take ? 1 : 0;
            u[j + i] -= static_cast<std::uint64_t>(take);
        }
        if (borrow != 0) {
            --guess;
            Wide sum = 0;
            for (std::size_t i = 0; i < n; ++i) {
                sum += Wide{u[j + i]} + v.limbs[i];
                u[j + i] = static_cast<std::uint64_t>(sum);
                sum >>= 64;
            }
            u[j + n] += static_cast<std::uint64_t>(sum);
        }
        quotient.limbs[j] = static_cast<std::uint64_t>(guess);
    }
    return quotient;
}

}  // namespace

Arith256::Arith256(const Uint256& value) {
    for (std::size_t i = 0; i < 4; ++i)
        limbs[i] = base::load_le<std::uint64_t>(value.as_bytes().data() + 8 * i);
}

Uint256 Arith256::to_uint256() const {
    std::array<std::byte, 32> raw{};
    for (std::size_t i = 0; i < 4; ++i) base::store_le(limbs[i], raw.data() + 8 * i);
    return Uint256::from_bytes(raw);
}

double Arith256::to_double() const {
    double value = 0;
    for (std::size_t i = 4; i-- > 0;)
        value = value * 18446744073709551616.0 + static_cast<double>(limbs[i]);
    return value;
}

std::size_t Arith256::bit_width() const {
    const std::size_t used = used_limbs(*this);
    return used == 0 ? 0
                     : (used - 1) * 64 + static_cast<std::size_t>(std::bit_width(limbs[used - 1]));
}

std::strong_ordering operator<=>(const Arith256& a, const Arith256& b) {
    for (std::size_t i = 4; i-- > 0;)
        if (a.limbs[i] != b.limbs[i]) return a.limbs[i] <=> b.limbs[i];
    return std::strong_ordering::equal;
}

Arith256 operator~(Arith256 a) {
    for (auto& limb : a.limbs) limb = ~limb;
    return a;
}

Arith256 operator+(Arith256 a, const Arith256& b) {
    Wide sum = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        sum += Wide{a.limbs[i]} + b.limbs[i];
        a.limbs[i] = static_cast<std::uint64_t>(sum);
        sum >>= 64;
    }
    return a;
}

Arith256 operator-(Arith256 a, const Arith256& b) {
    return a + ~b + Arith256{1};
}

Arith256 operator<<(const Arith256& a, std::size_t bits) {
    Arith256 shifted;
    const std::size_t whole = bits / 64;
    const std::size_t part = bits % 64;
    for (std::size_t i = whole; i < 4; ++i) {
        shifted.limbs[i] = a.limbs[i - whole] << part;
        if (part != 0 && i > whole) shifted.limbs[i] |= a.limbs[i - whole - 1] >> (64 - part);
    }
    return shifted;
}

Arith256 operator>>(const Arith256& a, std::size_t bits) {
    Arith256 shifted;
    const std::size_t whole = bits / 64;
    const std::size_t part = bits % 64;
    for (std::size_t i = 0; i + whole < 4; ++i) {
        shifted.limbs[i] = a.limbs[i + whole] >> part;
        if (part != 0 && i + whole + 1 < 4)
            shifted.limbs[i] |= a.limbs[i + whole + 1] << (64 - part);
    }
    return shifted;
}

Arith256 operator/(const Arith256& a, const Arith256& b) {
    if (a < b) return Arith256{};
    const std::size_t n = used_limbs(b);
    return n < 2 ? divide_by_limb(a, b.limbs[0]) : divide_long(a, b, n);
}

}  // namespace bitcoin
