#include "template/tip_history.h"

#include <gtest/gtest.h>

namespace templates {
namespace {

using Kind = BlockStanding::Kind;

bitcoin::BlockHash hash(std::uint8_t name) {
    bitcoin::BlockHash made;
    made.value.bytes.fill(name);
    return made;
}
constexpr BlockStanding unknown{};
constexpr BlockStanding gone{.kind = Kind::not_in_chain};
BlockStanding deep(std::uint32_t confirmations) {
    return {.kind = Kind::in_chain, .confirmations = confirmations};
}

TEST(TipHistory, CountsFromTheTipThatItHasSeen) {
    TipHistory tips{10};
    EXPECT_EQ(tips.standing(hash(5), 5), unknown);
    EXPECT_TRUE(tips.on_tip(hash(4), 4));
    EXPECT_EQ(tips.standing(hash(5), 5), unknown);
    EXPECT_TRUE(tips.on_tip(hash(5), 5));
    EXPECT_FALSE(tips.on_tip(hash(5), 5));
    EXPECT_EQ(tips.standing(hash(5), 5), deep(1));
    EXPECT_TRUE(tips.on_tip(hash(7), 7));
    EXPECT_EQ(tips.standing(hash(5), 5), deep(3));
    EXPECT_EQ(tips.standing(hash(6), 6), unknown) << "nobody said which block stands there";
}

TEST(TipHistory, FollowsAReorganisationAndBack) {
    TipHistory tips{10};
    tips.on_tip(hash(5), 5);
    tips.on_tip(hash(105), 5);
    EXPECT_EQ(tips.standing(hash(5), 5), gone);
    EXPECT_EQ(tips.standing(hash(105), 5), deep(1));
    tips.on_tip(hash(5), 5);
    tips.on_tip(hash(6), 6);
    EXPECT_EQ(tips.standing(hash(5), 5), deep(2));
    tips.on_tip(hash(104), 4);
    EXPECT_EQ(tips.standing(hash(6), 6), unknown);
}

TEST(TipHistory, BuildsOnWhatAnEarlierProcessHasSeen) {
    TipHistory tips{2};
    tips.assume(hash(5), 5);
    EXPECT_EQ(tips.standing(hash(5), 5), unknown) << "before the first tip";
    tips.on_tip(hash(8), 8);
    EXPECT_EQ(tips.standing(hash(5), 5), deep(4));
    tips.on_tip(hash(9), 9);
    EXPECT_EQ(tips.standing(hash(5), 5), unknown) << "too long ago";
}

TEST(TipHistory, BelievesTheNodeWithTheHighestChain) {
    EXPECT_EQ(combine({}), unknown);
    EXPECT_EQ(combine({{unknown, 9}, {gone, std::nullopt}}), gone);
    EXPECT_EQ(combine({{gone, 8}, {deep(2), 9}}), deep(2));
    EXPECT_EQ(combine({{deep(1), 8}, {gone, 9}}), gone);
    EXPECT_EQ(combine({{gone, 9}, {deep(1), 9}}), deep(1)) << "a race";
    EXPECT_EQ(combine({{deep(1), std::nullopt}, {gone, 3}}), gone);
}

}  // namespace
}  // namespace templates
