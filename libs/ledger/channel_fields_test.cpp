#include "ledger/channel_fields.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace ledger {
namespace {

/// As HGETALL answers: in no order.
redis::Reply as_hash(const ChannelFields& fields) {
    redis::Reply::Array items;
    for (auto field = fields.rbegin(); field != fields.rend(); ++field) {
        items.push_back(redis::Reply{field->first});
        items.push_back(redis::Reply{field->second});
    }
    return redis::Reply{items};
}

TEST(ChannelFields, ALongValueStandsInCompactPieces) {
    const struct {
        std::size_t size;
        std::size_t pieces;
    } cases[] = {{0, 1}, {1, 1}, {64, 1}, {65, 2}, {128, 2}, {129, 3}, {255, 4}};
    for (const auto& [size, pieces] : cases) {
        SCOPED_TRACE(size);
        std::string value;
        for (std::size_t i = 0; i < size; ++i) value += static_cast<char>(i);
        ChannelFields fields{{"kind", "extended"}};
        append_in_pieces(fields, "user_identity", value);
        EXPECT_EQ(fields.size(), 1 + pieces);
        EXPECT_EQ(fields[1].first, "user_identity");
        if (pieces > 1) {
            EXPECT_EQ(fields[2].first, "user_identity_2");
        }
        for (const auto& field : fields) EXPECT_LE(field.second.size(), compact_value_size_max);
        EXPECT_EQ(whole_value(as_hash(fields), "user_identity"), value);
        EXPECT_EQ(whole_value(as_hash(fields), "kind"), "extended");
    }
}

TEST(ChannelFields, AnAbsentValueIsEmpty) {
    EXPECT_EQ(whole_value(as_hash({{"user_identity", "miner.1"}}), "shares"), "");
    EXPECT_EQ(whole_value(redis::Reply{}, "shares"), "");
}

}  // namespace
}  // namespace ledger
