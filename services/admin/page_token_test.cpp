#include "admin/page_token.h"

#include <gmock/gmock.h>

#include <limits>

namespace admin {
namespace {

TEST(PageToken, ComesBackAsItWas) {
    const PageToken token{
        .query = 0xfedcba9876543210,
        .keys = {Value{}, Value{std::int64_t{-1}}, Value{std::numeric_limits<std::uint64_t>::max()},
                 Value{-2.5e-300}, Value{std::string_view{"identities/a%2Fb/workers/\xff"}}}};
    const auto text = encode_page_token(token);
    EXPECT_EQ(
        text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
        std::string::npos);
    std::string storage;
    const auto again = decode_page_token(text, storage);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->query, token.query);
    EXPECT_EQ(again->keys, token.keys);
}

TEST(PageToken, HashesEachPartOfAQuery) {
    const auto hash = query_hash("Channel", "", "a", "b");
    EXPECT_EQ(query_hash("Channel", "", "a", "b"), hash);
    EXPECT_NE(query_hash("Channel", "", "ab", ""), hash);
    EXPECT_NE(query_hash("Channel", "a", "", "b"), hash);
    EXPECT_NE(query_hash("Worker", "", "a", "b"), hash);
}

}  // namespace
}  // namespace admin
