#include "bitcoin/public_key.h"

#include <gtest/gtest.h>

#include "base/hex.h"
#include "bitcoin/hash160.h"

namespace bitcoin {
namespace {

// The generator, and the point opposite.
const std::string x = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
const std::string y = "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8";

base::Bytes bytes_of(const std::string& hex) {
    return base::from_hex(hex).value();
}

TEST(PublicKey, IsAPointInOneOfTwoForms) {
    const struct {
        std::string hex;
        bool is_key;
    } cases[] = {
        {"02" + x, true},
        {"03" + x, true},
        {"04" + x + y, true},
        {"04" + x + x, false},  // not on the curve
        {"06" + x + y, false},  // hybrid: even y, as it is
        {"05" + x, false},
        {x, false},
        {"02" + x + "00", false},
        {"04" + x, false},
        {"02" + std::string(62, '0') + "07", false},  // no point has this x
        {"", false},
    };
    for (const auto& [hex, is_key] : cases) EXPECT_EQ(is_public_key(bytes_of(hex)), is_key) << hex;
    EXPECT_TRUE(is_x_only_key(bytes_of(x)));
    EXPECT_FALSE(is_x_only_key(bytes_of("02" + x)));
    EXPECT_FALSE(is_x_only_key(bytes_of(std::string(62, '0') + "07")));
}

TEST(PublicKey, MovesByATweak) {
    base::Bytes one(32);
    one.back() = std::byte{1};
    const auto sum = add_tweak(bytes_of("02" + x), std::span{one}.first<32>());
    ASSERT_TRUE(sum.has_value());  // 2 * G
    EXPECT_EQ(base::to_hex(*sum),
              "02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5");
    EXPECT_FALSE(add_tweak(bytes_of("03" + x), std::span{one}.first<32>()).has_value());  // -G + G
    EXPECT_FALSE(add_tweak(bytes_of(x), std::span{one}.first<32>()).has_value());
    EXPECT_FALSE(taproot_output_key(bytes_of("02" + x)).has_value());
}

TEST(Hash160, IsWhatBip173sExampleKeyHashesTo) {
    EXPECT_EQ(base::to_hex(hash160(bytes_of("02" + x))),
              "751e76e8199196d454941c45d1b3a323f1433bd6");
}

}  // namespace
}  // namespace bitcoin
