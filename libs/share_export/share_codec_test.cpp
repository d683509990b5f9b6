#include "share_export/share_codec.h"

#include <gtest/gtest.h>

#include "share_export/rows_testing.h"

namespace share_export {
namespace {

TEST(ShareCodec, IsReadBackAsItWas) {
    base::SeededRandom random{61};
    for (int i = 0; i < 500; ++i) {
        const auto row = random_row(random);
        const auto read = from_proto(to_proto(row));
        ASSERT_TRUE(read.has_value()) << read.error();
        EXPECT_EQ(*read, row);
    }
}

TEST(ShareCodec, RefusesWhatAFieldCannotBe) {
    base::SeededRandom random{62};
    auto share = to_proto(random_row(random));
    share.set_target("short");
    EXPECT_FALSE(from_proto(share).has_value());
    share = to_proto(random_row(random));
    share.set_entry_id("17");
    EXPECT_FALSE(from_proto(share).has_value());
    share = to_proto(random_row(random));
    share.set_is_accepted(!share.is_accepted());
    EXPECT_FALSE(from_proto(share).has_value());
}

}  // namespace
}  // namespace share_export
