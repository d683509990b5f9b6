#include "base/hex.h"

#include <gtest/gtest.h>

namespace base {
namespace {

TEST(Hex, WritesBytesInTheirOrderAndReadsThemBack) {
    const Bytes bytes{std::byte{0x00}, std::byte{0x9f}, std::byte{0xff}};
    EXPECT_EQ(to_hex(bytes), "009fff");
    EXPECT_EQ(from_hex("009fFF"), bytes);
    EXPECT_EQ(from_hex(""), Bytes{});
}

TEST(Hex, RefusesWhatIsNotHexadecimal) {
    for (const auto* text : {"0", "0g", "g0", " 00", "0x00"}) {
        SCOPED_TRACE(text);
        EXPECT_EQ(from_hex(text), std::nullopt);
    }
}

}  // namespace
}  // namespace base
