#include "bitcoin/uint256.h"

#include <gtest/gtest.h>

namespace bitcoin {
namespace {

TEST(Uint256, IsDisplayedMostSignificantByteFirst) {
    Uint256 value;
    value.bytes[0] = 0x01;
    value.bytes[31] = 0xab;
    const std::string text = "ab" + std::string(60, '0') + "01";
    EXPECT_EQ(value.to_be_hex(), text);
    EXPECT_EQ(Uint256::from_be_hex(text), value);
}

TEST(Uint256, RefusesTextThatIsNot64HexadecimalDigits) {
    for (const auto& text : {std::string(63, '0'), std::string(65, '0'), std::string(66, '0'),
                             std::string{}, "0x" + std::string(62, '0'), std::string(64, 'g')}) {
        SCOPED_TRACE(text);
        EXPECT_EQ(Uint256::from_be_hex(text), std::nullopt);
    }
}

TEST(Uint256, ComparesAsANumberFromItsLastByteDown) {
    Uint256 low;
    low.bytes[0] = 0xff;
    Uint256 high;
    high.bytes[31] = 0x01;
    EXPECT_LT(low, high);
    EXPECT_GT(uint256_max(), high);
    EXPECT_EQ(low <=> low, std::strong_ordering::equal);
}

}  // namespace
}  // namespace bitcoin
