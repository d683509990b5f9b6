#include "bitcoin/outputs.h"

#include <gtest/gtest.h>

#include "base/hex.h"

namespace bitcoin {
namespace {

TEST(ParseOutputs, TakesACountAndSoManyOutputsAndNothingElse) {
    const auto parse = [](const char* hex) { return parse_outputs(*base::from_hex(hex)); };
    EXPECT_EQ(parse("0201000000000000000151ffffffffffffffff00"),
              (std::vector<TxOutput>{{1, {std::byte{0x51}}}, {~std::uint64_t{0}, {}}}));
    EXPECT_EQ(parse("00"), std::vector<TxOutput>{});
    const struct {
        const char* what;
        const char* hex;
    } refused[] = {
        {"no count", ""},
        {"no output", "01"},
        {"half a value", "0101000000"},
        {"no script", "010100000000000000"},
        {"a script that is not there", "01010000000000000001"},
        {"one byte more", "0101000000000000000000"},
        {"a count that is longer than it need be", "fd0100010000000000000000"},
        {"more outputs than bytes", "feffffff7f010000000000000000"},
    };
    for (const auto& [what, hex] : refused) {
        SCOPED_TRACE(what);
        EXPECT_EQ(parse(hex), std::nullopt);
    }
}

}  // namespace
}  // namespace bitcoin
