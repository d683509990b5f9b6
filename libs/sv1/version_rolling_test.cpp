#include "sv1/version_rolling.h"

#include <gtest/gtest.h>

namespace sv1 {
namespace {

constexpr std::uint32_t mask = 0x1fffe000;

TEST(VersionRolling, C251_PutsTheMinersBitsIntoTheMaskAndRefusesOthers) {
    EXPECT_EQ(share_version(0x20000000, mask, 0x00002000U), 0x20002000U);
    EXPECT_EQ(share_version(0x3fffffff, mask, 0U), 0x20001fffU);
    EXPECT_EQ(share_version(0x20000000, mask, mask), 0x3fffe000U);
    for (const std::uint32_t outside : {0x00001000U, 0x20000000U, 0x1fffe001U, 0xffffffffU}) {
        const auto version = share_version(0x20000000, mask, outside);
        ASSERT_FALSE(version) << outside;
        EXPECT_EQ(version.error(), VersionError::bits_outside_mask);
    }
    // A job whose version is fixed has an empty mask.
    EXPECT_EQ(share_version(0x20000000, 0U, 0U), 0x20000000U);
    EXPECT_FALSE(share_version(0x20000000, 0U, 0x00002000U));
}

TEST(VersionRolling, C253_WantsTheSixthParameterExactlyWhenAgreed) {
    EXPECT_EQ(share_version(0x20000000, std::nullopt, std::nullopt), 0x20000000U);
    const auto missing = share_version(0x20000000, mask, std::nullopt);
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error(), VersionError::bits_missing);
    const auto extra = share_version(0x20000000, std::nullopt, 0U);
    ASSERT_FALSE(extra);
    EXPECT_EQ(extra.error(), VersionError::bits_not_agreed);
    for (const auto error : {VersionError::bits_missing, VersionError::bits_not_agreed,
                             VersionError::bits_outside_mask})
        EXPECT_STRNE(error_text(error), "");
}

}  // namespace
}  // namespace sv1
