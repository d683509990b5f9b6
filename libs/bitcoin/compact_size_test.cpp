#include "bitcoin/compact_size.h"

#include <gtest/gtest.h>

#include "base/hex.h"

namespace bitcoin {
namespace {

TEST(CompactSize, HasOneFormForEachNumber) {
    const struct {
        std::uint64_t value;
        const char* hex;
    } cases[] = {
        {0, "00"},
        {0xfc, "fc"},
        {0xfd, "fdfd00"},
        {0xffff, "fdffff"},
        {0x10000, "fe00000100"},
        {0xffffffff, "feffffffff"},
        {0x100000000, "ff0000000001000000"},
        {0xffffffffffffffff, "ffffffffffffffffff"},
    };
    for (const auto& [value, hex] : cases) {
        SCOPED_TRACE(hex);
        base::Bytes written;
        append_compact_size(written, value);
        EXPECT_EQ(base::to_hex(written), hex);
        EXPECT_EQ(compact_size_length(value), written.size());

        written.push_back(std::byte{0xaa});
        base::ByteView rest{written};
        EXPECT_EQ(read_compact_size(rest), value);
        EXPECT_EQ(rest.size(), 1U);
    }
}

TEST(CompactSize, RefusesLongerFormsAndMissingBytes) {
    for (const auto* hex : {"", "fd", "fd00", "fdfc00", "fe000001", "feffff0000", "ff00000001",
                            "ffffffffff00000000"}) {
        SCOPED_TRACE(hex);
        const auto bytes = *base::from_hex(hex);
        base::ByteView rest{bytes};
        EXPECT_EQ(read_compact_size(rest), std::nullopt);
        EXPECT_EQ(rest.size(), bytes.size());
    }
}

}  // namespace
}  // namespace bitcoin
