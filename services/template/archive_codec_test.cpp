#include "template/archive_codec.h"

#include <gtest/gtest.h>

#include "template/zstd.h"

namespace templates {
namespace {

TEST(ArchiveCodec, ReadsBackWhatItWrote) {
    TransactionPool pool;
    const std::vector<base::Bytes> first{base::to_bytes("one"), base::to_bytes("two")};
    const std::vector<base::Bytes> second{base::to_bytes("three")};
    const std::vector packs{encode_pack(*pool.intern(first)), encode_pack(*pool.intern(second))};
    const auto read = read_archived(packs, encode_places({1U << 16, 1, 0}));
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(*read, (std::vector{second[0], first[1], first[0]}));
    EXPECT_EQ(read_archived({}, encode_places({})), std::vector<base::Bytes>{});
}

TEST(ArchiveCodec, RefusesWhatIsDamaged) {
    TransactionPool pool;
    const auto pack = encode_pack(*pool.intern(std::vector<base::Bytes>{base::to_bytes("one")}));
    const auto places = encode_places({0});
    ASSERT_TRUE(read_archived({pack}, places).has_value());
    EXPECT_FALSE(read_archived({}, places).has_value()) << "a pack that is not there";
    EXPECT_FALSE(read_archived({pack}, encode_places({1})).has_value()) << "a place that is not";
    EXPECT_FALSE(read_archived({pack.substr(1)}, places).has_value());
    EXPECT_FALSE(read_archived({pack.substr(0, pack.size() - 1)}, places).has_value());
    EXPECT_FALSE(read_archived({pack}, "").has_value());
    EXPECT_FALSE(read_archived({compress(std::string(16, '\xff'))}, places).has_value());
}

TEST(Zstd, TakesNoMoreThanItIsAllowed) {
    const std::string content(1000, 'x');
    const auto frame = compress(content);
    EXPECT_LT(frame.size(), 100U);
    EXPECT_EQ(decompress(frame, 1000), content);
    EXPECT_EQ(decompress(frame, 999), std::nullopt);
    EXPECT_EQ(decompress("", 1000), std::nullopt);
}

}  // namespace
}  // namespace templates
