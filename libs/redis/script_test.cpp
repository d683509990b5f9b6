#include "redis/script.h"

#include <gtest/gtest.h>

namespace redis {
namespace {

TEST(Script, IsKnownByTheDigestThatRedisComputes) {
    // redis-cli SCRIPT LOAD "return 1"
    EXPECT_EQ(Script{"return 1"}.digest, "e0e1f9fabfc9d4800c877a703b823ac0578ff8db");
}

}  // namespace
}  // namespace redis
