#include "bitcoin/target.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "bitcoin/arith256.h"

namespace bitcoin {
namespace {

Target target_of_hex(std::string_view text) {
    return Target{*Uint256::from_be_hex(text)};
}

TEST(Target, IsMetByHashesUpToAndIncludingItself) {
    const Arith256 target{0x1234};
    const Target t{target.to_uint256()};
    EXPECT_TRUE(t.is_met_by(BlockHash{(target - Arith256{1}).to_uint256()}));
    EXPECT_TRUE(t.is_met_by(BlockHash{target.to_uint256()}));
    EXPECT_FALSE(t.is_met_by(BlockHash{(target + Arith256{1}).to_uint256()}));
    EXPECT_TRUE(target_max().is_met_by(BlockHash{uint256_max()}));
}

TEST(Nbits, ExpandAndContractAsConsensusDoes) {
    const struct {
        std::uint32_t nbits;
        const char* target;
        std::uint32_t written;
    } cases[] = {
        {0x01123456, "12", 0x01120000},
        {0x02123456, "1234", 0x02123400},
        {0x03123456, "123456", 0x03123456},
        {0x04123456, "12345600", 0x04123456},
        {0x05009234, "92340000", 0x05009234},
        {0x1b00d7c0, "d7c0000000000000000000000000000000000000000000000000", 0x1b00d7c0},
        {0x1d00ffff, "ffff0000000000000000000000000000000000000000000000000000", 0x1d00ffff},
        {0x20123456, "1234560000000000000000000000000000000000000000000000000000000000",
         0x20123456},
        {0x207fffff, "7fffff0000000000000000000000000000000000000000000000000000000000",
         0x207fffff},
        {0x2100ffff, "ffff000000000000000000000000000000000000000000000000000000000000",
         0x2100ffff},
    };
    for (const auto& [nbits, digits, written] : cases) {
        SCOPED_TRACE(digits);
        const std::string text = digits;
        const auto target = target_of_hex(std::string(64 - text.size(), '0') + text);
        EXPECT_EQ(expand_nbits(nbits), target);
        EXPECT_EQ(to_nbits(target), written);
    }
}

TEST(Nbits, RefusesNegativeZeroAndOversizedNumbers) {
    for (const std::uint32_t nbits :
         {0x00000000U, 0x00123456U, 0x01003456U, 0x02000056U, 0x03000000U, 0x04000000U,  // zero
          0x01fedcbaU, 0x04923456U, 0x1d80ffffU,                                         // negative
          0xff123456U, 0x21010000U, 0x22000100U, 0x23000001U}) {  // too large
        SCOPED_TRACE(nbits);
        EXPECT_EQ(expand_nbits(nbits), std::nullopt);
    }
}

TEST(Nbits, AcceptsTheLargestNumbersThatFit) {
    EXPECT_TRUE(expand_nbits(0x2100ffff).has_value());
    EXPECT_TRUE(expand_nbits(0x220000ff).has_value());
    EXPECT_EQ(to_nbits(target_max()), 0x2100ffffU);
}

TEST(TargetForHashRate, GivesThePublishedTargets) {
    const struct {
        double hash_rate;
        double shares_per_minute;
        const char* target;
    } cases[] = {
        {1, 1, "04325c53ef368eb04325c53ef368eb04325c53ef368eb04325c53ef368eb0431"},
        {1000, 1, "0001179d9861a761ffdadd11c307c4fc04eea3a418f7d687584e4434af158205"},
        {1e14, 6, "000000000000480ebe7b9d5842243bcfafbe0c2a514ec93ee949ee6b312011d5"},
    };
    for (const auto& [hash_rate, shares_per_minute, target] : cases) {
        SCOPED_TRACE(target);
        EXPECT_EQ(target_for_hash_rate(hash_rate, shares_per_minute), target_of_hex(target));
    }
}

TEST(TargetForHashRate, IsTheEasiestForNoHashRateAndRefusesWhatIsNoRate) {
    EXPECT_EQ(target_for_hash_rate(0, 6), target_max());
    constexpr double infinite = std::numeric_limits<double>::infinity();
    constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
    EXPECT_EQ(target_for_hash_rate(-1, 6), std::nullopt);
    EXPECT_EQ(target_for_hash_rate(1, 0), std::nullopt);
    EXPECT_EQ(target_for_hash_rate(1, -1), std::nullopt);
    EXPECT_EQ(target_for_hash_rate(infinite, 6), std::nullopt);
    EXPECT_EQ(target_for_hash_rate(not_a_number, 6), std::nullopt);
    EXPECT_EQ(target_for_hash_rate(1, not_a_number), std::nullopt);
    EXPECT_EQ(target_for_hash_rate(std::ldexp(1.0, 256), 60), std::nullopt);
    EXPECT_TRUE(target_for_hash_rate(std::ldexp(1.0, 255), 60).has_value());
}

TEST(ExpectedHashes, IsTheInverseOfTheTarget) {
    EXPECT_EQ(expected_hashes(target_max()), 1);
    EXPECT_EQ(expected_hashes(Target{}), std::ldexp(1.0, 256));
    EXPECT_NEAR(expected_hashes(*target_for_hash_rate(1e14, 6)), 1e15, 10);
    EXPECT_NEAR(expected_hashes(*expand_nbits(0x1d00ffff)), 4295032833.0, 1);
}

}  // namespace
}  // namespace bitcoin
