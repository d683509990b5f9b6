#include "ledger/duplicate_key.h"

#include <gtest/gtest.h>

namespace ledger {
namespace {

DuplicateKey counting_key() {
    DuplicateKey key;
    for (std::size_t i = 0; i < key.bytes.size(); ++i) key.bytes[i] = static_cast<std::byte>(i);
    return key;
}

TEST(ShortHash, IsSipHash24) {
    // The reference vectors of SipHash-2-4 (J.-P. Aumasson, D. J. Bernstein, vectors.h): key
    // 00..0f, message 00..1f, which is the entry at index 32.
    bitcoin::BlockHash hash;
    for (std::uint8_t i = 0; i < 32; ++i) hash.value.bytes[i] = i;
    EXPECT_EQ(short_hash(counting_key(), hash), 0x7127512f72f27cceU);
}

TEST(ShortHash, DependsOnTheKeyAndEveryByte) {
    const bitcoin::BlockHash zero;
    const auto of_zero = short_hash(counting_key(), zero);
    EXPECT_NE(of_zero, short_hash(DuplicateKey{}, zero));
    for (std::size_t i = 0; i < 32; ++i) {
        bitcoin::BlockHash other;
        other.value.bytes[i] = 1;
        EXPECT_NE(of_zero, short_hash(counting_key(), other)) << i;
    }
}

TEST(DuplicateKey, TheFingerprintDependsOnEveryByte) {
    const auto fingerprint = counting_key().fingerprint();
    EXPECT_EQ(fingerprint, counting_key().fingerprint());
    for (std::size_t i = 0; i < 32; ++i) {
        auto other = counting_key();
        other.bytes[i] ^= std::byte{1};
        EXPECT_NE(fingerprint, other.fingerprint()) << i;
    }
}

}  // namespace
}  // namespace ledger
