#include "base/integer.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace base {
namespace {

TEST(Integer, IsReadWhenAllOfTheTextIsOne) {
    EXPECT_EQ(parse_integer<std::uint8_t>("255"), 255);
    EXPECT_EQ(parse_integer<std::int64_t>("-9223372036854775808"), INT64_MIN);
    EXPECT_EQ(parse_integer<std::uint32_t>("fF", 16), 255U);
}

TEST(Integer, IsNothingElse) {
    for (const auto* const text : {"", " 1", "1 ", "+1", "0x1", "1.0", "256", "-1"})
        EXPECT_EQ(parse_integer<std::uint8_t>(text), std::nullopt) << text;
}

}  // namespace
}  // namespace base
