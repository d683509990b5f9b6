#include "mining/share.h"

#include <gtest/gtest.h>

#include "mining/records_testing.h"

namespace mining {
namespace {

TEST(ShareError, IsSaidAsTheSpecificationSpellsIt) {
    EXPECT_EQ(error_code(ShareError::invalid_channel_id), "invalid-channel-id");
    EXPECT_EQ(error_code(ShareError::stale_share), "stale-share");
    EXPECT_EQ(error_code(ShareError::invalid_job_id), "invalid-job-id");
    EXPECT_EQ(error_code(ShareError::bad_extranonce_size), "bad-extranonce-size");
    EXPECT_EQ(error_code(ShareError::invalid_share), "invalid-share");
    EXPECT_EQ(error_code(ShareError::version_rolling_not_allowed), "version-rolling-not-allowed");
    EXPECT_EQ(error_code(ShareError::invalid_non_rollable_version_bit),
              "invalid-non-rollable-version-bit");
    EXPECT_EQ(error_code(ShareError::difficulty_too_low), "difficulty-too-low");
    EXPECT_EQ(error_code(ShareError::duplicate_share), "duplicate-share");
}

TEST(Extranonce, HoldsUpTo32Bytes) {
    EXPECT_EQ(Extranonce{}.size(), 0U);
    const base::Bytes bytes(32, std::byte{7});
    const auto longest = Extranonce::from(bytes);
    ASSERT_TRUE(longest.has_value());
    EXPECT_EQ(base::to_bytes(longest->bytes()), bytes);
    EXPECT_FALSE(Extranonce::from(base::Bytes(33)).has_value());
    EXPECT_NE(extranonce_of_hex("00"), extranonce_of_hex("0000"));
}

}  // namespace
}  // namespace mining
