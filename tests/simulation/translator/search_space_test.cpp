#include "simulation/translator/search_space.h"

#include <gtest/gtest.h>

namespace simulation {
namespace {

/// A coinbase up to where its extranonce begins, of 20 bytes in all.
miner::Coinbase coinbase(std::uint8_t variant) {
    base::Bytes begin(41);
    begin.push_back(std::byte{4 + 1 + 10 + 20});
    base::append(begin, base::to_bytes(std::string_view{"\x03\x01\x02\x03", 4}));  // the height
    begin.push_back(std::byte{10 + 20});
    begin.resize(begin.size() + 7);
    begin.push_back(std::byte{7});  // the template
    begin.push_back(std::byte{0});
    begin.push_back(std::byte{variant});
    return {.prefix = begin};
}

base::Bytes extranonce1(std::uint8_t channel, std::string_view behind) {
    auto bytes = base::to_bytes(mining::ChannelKey{channel}.to_bytes());
    base::append(bytes, base::as_bytes(behind));
    return bytes;
}

TEST(SearchSpace, IsNamedByTheJobAndWhatStandsBehindTheChannelsPrefix) {
    const auto space = search_space_of(coinbase(3), extranonce1(9, "ab"));
    ASSERT_TRUE(space);
    EXPECT_EQ(space->job.channel.value, 9U);
    EXPECT_EQ(space->job.template_ref.value, 7U);
    EXPECT_EQ(space->job.variant.value, 3U);
    EXPECT_EQ(space->fixed, base::to_bytes(std::string_view{"ab"}));
}

TEST(SearchSpace, OverlapsWhereOneContainsTheOther) {
    const auto space = *search_space_of(coinbase(3), extranonce1(9, "ab"));
    EXPECT_TRUE(space.overlaps(space));
    EXPECT_TRUE(space.overlaps(*search_space_of(coinbase(3), extranonce1(9, "abc"))));
    EXPECT_TRUE(space.overlaps(*search_space_of(coinbase(3), extranonce1(9, ""))));
    EXPECT_FALSE(space.overlaps(*search_space_of(coinbase(3), extranonce1(9, "ac"))));
    EXPECT_FALSE(space.overlaps(*search_space_of(coinbase(3), extranonce1(8, "ab"))));
    EXPECT_FALSE(space.overlaps(*search_space_of(coinbase(4), extranonce1(9, "ab"))));
}

TEST(SearchSpace, IsNoneOfAnotherPoolsCoinbase) {
    EXPECT_FALSE(search_space_of({.prefix = base::Bytes(60)}, {}));
}

}  // namespace
}  // namespace simulation
