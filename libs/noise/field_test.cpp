#include "noise/field.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "noise/test_bytes.h"

namespace noise {
namespace {

constexpr auto prime = "fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f";
constexpr auto minus_one = "fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2e";
constexpr auto all_ones = "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff";

FieldElement element(std::string_view hex) {
    return FieldElement::from_bytes(test::bytes_of<32>(hex));
}
std::string text(const FieldElement& value) {
    return base::to_hex(value.to_bytes());
}
/// Random, and every fourth with long runs of ones or zeros, where carries go furthest.
FieldElement draw(base::Random& random, int round) {
    std::array<std::byte, 32> bytes{};
    random.fill(bytes);
    if (round % 4 == 0) std::fill(bytes.begin() + 2, bytes.end() - 4, std::byte{0xff});
    if (round % 4 == 1) std::fill(bytes.begin() + 1, bytes.end() - 1, std::byte{0});
    return FieldElement::from_bytes(bytes);
}

TEST(FieldElement, WrapsAroundAtThePrime) {
    EXPECT_TRUE(element(prime).is_zero());
    EXPECT_EQ(text(element(minus_one)), minus_one);
    EXPECT_EQ(text(element(all_ones)),
              "00000000000000000000000000000000000000000000000000000001000003d0");
    EXPECT_EQ(text(element(minus_one) + FieldElement{2}), text(FieldElement{1}));
    EXPECT_EQ(text(-FieldElement{1}), minus_one);
    EXPECT_TRUE((-FieldElement{}).is_zero());
    EXPECT_EQ(element(all_ones) * element(all_ones), element(all_ones).square());
    EXPECT_EQ(text(element(minus_one).square()), text(FieldElement{1}));
}

TEST(FieldElement, ObeysTheLawsOfAField) {
    base::SeededRandom random{1};
    for (int round = 0; round < 400; ++round) {
        const auto a = draw(random, round);
        const auto b = draw(random, round / 4);
        const auto c = draw(random, round / 16);
        EXPECT_EQ(a * (b + c), a * b + a * c);
        EXPECT_EQ((a - b) * (a + b), a.square() - b.square());
        EXPECT_EQ(a * b, b * a);
        EXPECT_EQ(a - a, FieldElement{});
        EXPECT_EQ(FieldElement::from_bytes(a.to_bytes()), a);
        EXPECT_EQ(a * a.inverse(), FieldElement{a.is_zero() ? 0U : 1U});
    }
}

TEST(FieldElement, HasSquareRootsOfSquaresAndOfNothingElse) {
    base::SeededRandom random{2};
    for (int round = 0; round < 100; ++round) {
        const auto a = draw(random, round);
        if (a.is_zero()) continue;
        const auto root = a.square().square_root();
        ASSERT_TRUE(root.has_value());
        EXPECT_TRUE(*root == a || *root == -a);
        EXPECT_TRUE(root->square_root().has_value()) << "the root that is itself a square";
        // -1 is no square, p being 3 mod 4.
        EXPECT_FALSE((-a.square()).square_root().has_value());
    }
}

TEST(FieldElement, GivesRootAndInverseTogetherAsItGivesThemAlone) {
    base::SeededRandom random{3};
    for (int round = 0; round < 200; ++round) {
        const auto a = draw(random, round);
        const auto found = a.root_and_inverse();
        ASSERT_EQ(found.has_value(), a.square_root().has_value());
        if (!found) continue;
        EXPECT_EQ(found->root, *a.square_root());
        EXPECT_EQ(found->inverse, a.inverse());
    }
}

TEST(FieldElement, TakesTheRootOfAQuotientAsIfItHadDivided) {
    base::SeededRandom random{4};
    for (int round = 0; round < 200; ++round) {
        const auto numerator = draw(random, round);
        const auto denominator = draw(random, round / 4);
        if (denominator.is_zero()) continue;
        const auto root = FieldElement::root_of_quotient(numerator, denominator);
        const auto expected = (numerator * denominator.inverse()).square_root();
        ASSERT_EQ(root.has_value(), expected.has_value());
        if (!root) continue;
        EXPECT_EQ(*root, *expected);
    }
}

}  // namespace
}  // namespace noise
