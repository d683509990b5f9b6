#include "share_log/follower.h"

#include <gtest/gtest.h>

namespace share_log {
namespace {

using redis::Reply;

Reply entry(const std::string& id, const std::string& record, std::uint64_t bytes) {
    return Reply{
        Reply::Array{Reply{id}, Reply{Reply::Array{Reply{"r"}, Reply{record}, Reply{"d"}, Reply{""},
                                                   Reply{"b"}, Reply{std::to_string(bytes)}}}}};
}

TEST(ToPage, GivesTheEntriesInTheirOrder) {
    const auto page = to_page(Reply{Reply::Array{entry("5-0", "abc", 13), entry("5-1", "de", 15)}},
                              {"4-0", 10}, 10);
    ASSERT_TRUE(page.has_value());
    EXPECT_FALSE(page->gap.has_value());
    EXPECT_FALSE(page->is_full);
    ASSERT_EQ(page->entries.size(), 2U);
    EXPECT_EQ(page->entries[0].record, "abc");
    EXPECT_EQ(page->entries[1].position, (Position{"5-1", 15}));
}

TEST(ToPage, SaysHowMuchIsMissing) {
    const auto page = to_page(Reply{Reply::Array{entry("5-0", "abc", 113)}}, {"4-0", 10}, 10);
    EXPECT_EQ(page->gap, (Gap{.bytes_missing = 100, .is_rollback = false}));
    const auto start = to_page(Reply{Reply::Array{entry("5-0", "abc", 113)}}, {}, 10);
    EXPECT_EQ(start->gap, (Gap{.bytes_missing = 110, .is_rollback = false}));
}

TEST(ToPage, KnowsARedisThatWentBack) {
    const auto page = to_page(Reply{Reply::Array{entry("5-0", "abc", 8)}}, {"4-0", 10}, 10);
    EXPECT_EQ(page->gap, (Gap{.bytes_missing = 0, .is_rollback = true}));
}

TEST(ToPage, APageEndsBeforeAGap) {
    const auto page = to_page(Reply{Reply::Array{entry("5-0", "abc", 13), entry("6-0", "d", 99)}},
                              {"4-0", 10}, 10);
    EXPECT_FALSE(page->gap.has_value());
    EXPECT_EQ(page->entries.size(), 1U);
    EXPECT_TRUE(page->is_full);
}

TEST(ToPage, APageEndsBeforeWhatIsNoEntry) {
    for (const auto& strange :
         {Reply{Reply::Array{Reply{"6-0"}, Reply{Reply::Array{Reply{"r"}, Reply{"x"}}}}},
          entry("6-0", "longer than b says", 3)}) {
        const auto page =
            to_page(Reply{Reply::Array{entry("5-0", "abc", 13), strange}}, {"4-0", 10}, 10);
        EXPECT_EQ(page->entries.size(), 1U);
        EXPECT_EQ(page->unreadable_id, "6-0");
    }
    EXPECT_FALSE(to_page(Reply{"OK"}, {}, 10).has_value());
}

}  // namespace
}  // namespace share_log
