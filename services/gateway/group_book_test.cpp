#include "gateway/group_book.h"

#include <gtest/gtest.h>

#include <utility>

namespace gateway {
namespace {

class GroupBookTest : public testing::Test {
  protected:
    Group& join(std::uint32_t channel, const GroupTerms& terms) {
        return book.join(channel, terms, nullptr, [&] { return sv2::ChannelId{++last_id}; });
    }
    static GroupTerms terms() {
        return {.kind = mining::ChannelKind::extended,
                .full_extranonce_size = 16,
                .outputs_id = {7},
                .version_rolling_allowed = true};
    }
    GroupBook book;
    std::uint32_t last_id = 100;
};

TEST_F(GroupBookTest, C115_ChannelsWithTheSameTermsAreInOneGroupAndOthersAreNot) {
    const auto id = join(1, terms()).id;
    EXPECT_EQ(join(2, terms()).id, id);
    EXPECT_EQ(book.find(id)->members, (std::set<std::uint32_t>{1, 2}));
    std::set<std::uint32_t> others;
    auto other = terms();
    other.full_extranonce_size = 12;
    others.insert(join(3, other).id.value);
    other = terms();
    other.outputs_id = {8};
    others.insert(join(4, other).id.value);
    other = terms();
    other.version_rolling_allowed = false;
    others.insert(join(5, other).id.value);
    other = terms();
    other.kind = mining::ChannelKind::standard;
    others.insert(join(6, other).id.value);
    EXPECT_EQ(others.size(), 4U);
    EXPECT_FALSE(others.contains(id.value));
    EXPECT_EQ(book.size(), 5U);
}

TEST_F(GroupBookTest, C117_AGroupEndsWithItsLastMemberAndItsIdIsNotUsedAgain) {
    const auto id = join(1, terms()).id;
    join(2, terms());
    book.leave(1, id);
    EXPECT_EQ(book.find(id)->members, std::set<std::uint32_t>{2});
    book.leave(2, id);
    EXPECT_EQ(book.find(id), nullptr);
    EXPECT_EQ(book.size(), 0U);
    EXPECT_NE(join(3, terms()).id, id);
    book.leave(3, {99});
    EXPECT_EQ(book.size(), 1U);
}

TEST_F(GroupBookTest, ToldOrAskedItKnowsTheSameGroups) {
    const auto& group = join(1, terms());
    const auto& asked = std::as_const(book);
    EXPECT_EQ(asked.find(group.id), &group);
    EXPECT_EQ(asked.find({99}), nullptr);
}

}  // namespace
}  // namespace gateway
