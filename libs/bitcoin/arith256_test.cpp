#include "bitcoin/arith256.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace bitcoin {
namespace {

Arith256 random_number(base::SeededRandom& random) {
    Arith256 number;
    for (auto& limb : number.limbs) {
        // Limbs of all zeros and all ones are where long division goes wrong.
        const auto kind = random.next_u64() % 4;
        limb = kind == 0 ? 0 : kind == 1 ? ~std::uint64_t{0} : random.next_u64();
    }
    return number >> (random.next_u64() % 256);
}

Arith256 multiply(const Arith256& a, const Arith256& b) {
    Arith256 product;
    for (std::size_t i = 0; i < 256; ++i)
        if (((b >> i).limbs[0] & 1U) != 0) product = product + (a << i);
    return product;
}

TEST(Arith256, DividesSoThatQuotientAndRemainderGiveTheDividendBack) {
    base::SeededRandom random{1};
    for (int i = 0; i < 2000; ++i) {
        const Arith256 a = random_number(random);
        const Arith256 b = random_number(random);
        if (b.is_zero()) continue;
        const Arith256 quotient = a / b;
        const Arith256 remainder = a - multiply(quotient, b);
        EXPECT_LT(remainder, b) << a.to_uint256().to_be_hex() << " / "
                                << b.to_uint256().to_be_hex();
        EXPECT_LE(quotient, a);
    }
}

TEST(Arith256, SubtractsWhatItAdded) {
    base::SeededRandom random{2};
    for (int i = 0; i < 200; ++i) {
        const Arith256 a = random_number(random);
        const Arith256 b = random_number(random);
        EXPECT_EQ(a + b - b, a);
        EXPECT_EQ(a - a, Arith256{});
    }
    EXPECT_TRUE((Arith256{uint256_max()} + Arith256{1}).is_zero());
}

TEST(Arith256, ShiftsAcrossLimbsAndOutOfTheNumber) {
    const Arith256 one{1};
    for (std::size_t bits = 0; bits < 256; ++bits) {
        SCOPED_TRACE(bits);
        EXPECT_EQ((one << bits).bit_width(), bits + 1);
        EXPECT_EQ((one << bits) >> bits, one);
    }
    EXPECT_TRUE((one << 256).is_zero());
    EXPECT_TRUE((Arith256{uint256_max()} >> 256).is_zero());
}

TEST(Arith256, TravelsAsLittleEndianBytes) {
    const auto text = "00000000000000040000000000000003000000000000000200000000000000f1";
    const Arith256 value{*Uint256::from_be_hex(text)};
    EXPECT_EQ(value.limbs, (std::array<std::uint64_t, 4>{0xf1, 2, 3, 4}));
    EXPECT_EQ(value.to_uint256().to_be_hex(), text);
    EXPECT_DOUBLE_EQ((Arith256{3} << 100).to_double(), 3 * 1267650600228229401496703205376.0);
}

}  // namespace
}  // namespace bitcoin
