#include "bitcoin/nonce_scan.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace bitcoin {
namespace {

Header random_header(std::uint64_t seed) {
    base::SeededRandom random{seed};
    HeaderBytes bytes{};
    random.fill(bytes);
    return decode_header(bytes);
}

std::optional<FoundNonce> scan_slowly(Header header, std::uint32_t first, std::uint64_t count,
                                      const Target& target) {
    for (std::uint64_t i = 0; i < count; ++i) {
        header.nonce = first + static_cast<std::uint32_t>(i);
        const auto hash = header_hash(header);
        if (target.is_met_by(hash)) return FoundNonce{.nonce = header.nonce, .hash = hash};
    }
    return std::nullopt;
}

TEST(ScanNonces, FindsTheFirstNonceThatASlowScanFinds) {
    const Target target = *target_for_hash_rate(50, 60);  // one in 50
    for (const auto& kernel : sha256_kernels()) {
        SCOPED_TRACE(kernel.name);
        for (std::uint64_t seed = 0; seed < 30; ++seed) {
            SCOPED_TRACE(seed);
            const auto header = random_header(seed);
            const std::uint64_t count = 1 + seed * 3;
            const auto first = static_cast<std::uint32_t>(seed * 0x10000001);
            const auto expected = scan_slowly(header, first, count, target);
            const auto found = scan_nonces(header_midstate(header), first, count, target, kernel);
            ASSERT_EQ(found.has_value(), expected.has_value());
            if (!found) continue;
            EXPECT_EQ(found->nonce, expected->nonce);
            EXPECT_EQ(found->hash, expected->hash);
        }
    }
}

TEST(ScanNonces, TakesAHashThatEqualsTheTargetAndNoneAboveIt) {
    Header header = random_header(77);
    header.nonce = 4;
    const auto hash = header_hash(header);
    const auto midstate = header_midstate(header);
    EXPECT_TRUE(scan_nonces(midstate, 4, 1, Target{hash.value}).has_value());
    Target harder{hash.value};
    harder.value.bytes[0] = static_cast<std::uint8_t>(harder.value.bytes[0] - 1);
    ASSERT_LT(harder.value, hash.value);
    EXPECT_FALSE(scan_nonces(midstate, 4, 1, harder).has_value());
}

TEST(ScanNonces, DoesNotLookBeyondItsCountAndWrapsAround) {
    const auto midstate = header_midstate(random_header(78));
    EXPECT_FALSE(scan_nonces(midstate, 5, 0, target_max()).has_value());
    EXPECT_EQ(scan_nonces(midstate, 0xffffffff, 1, target_max())->nonce, 0xffffffffU);

    // A target that nonce 0 alone meets among these three.
    Header header = random_header(79);
    BlockHash hashes[3]{};
    for (std::uint32_t i = 0; i < 3; ++i) {
        header.nonce = 0xfffffffeU + i;
        hashes[i] = header_hash(header);
    }
    const auto expected = scan_slowly(header, 0xfffffffe, 3, Target{hashes[2].value});
    EXPECT_EQ(scan_nonces(header_midstate(header), 0xfffffffe, 3, Target{hashes[2].value})->nonce,
              expected->nonce);
}

}  // namespace
}  // namespace bitcoin
