#include "channel-manager/allow_list.h"

#include <gtest/gtest.h>

namespace channel_manager {
namespace {

TEST(AllowList, HasAccountsWithAllTheirWorkersAndSingleIdentities) {
    const auto list = AllowList::parse(
                          "# who may mine here\n"
                          "alice\n"
                          "\n"
                          "  bob.rig1\t\r\n"
                          "   # an indented comment\n"
                          "caf\xc3\xa9#1")
                          .value();  // no newline at the end
    EXPECT_EQ(list.size(), 3U);
    for (const auto* name : {"alice", "alice.rig", "alice.a.b", "bob.rig1", "caf\xc3\xa9#1.x"})
        EXPECT_TRUE(list.has(name)) << name;
    for (const auto* name :
         {"", "Alice", "alic", "alice2", "bob", "bob.rig2", "bob.rig1.x", "# who", "rig1"})
        EXPECT_FALSE(list.has(name)) << name;
}

TEST(AllowList, OfAnEmptyFileHasNobody) {
    for (const auto* text : {"", "\n\n", "# nobody yet\n"}) {
        const auto list = AllowList::parse(text);
        ASSERT_TRUE(list.has_value());
        EXPECT_EQ(list->size(), 0U);
        EXPECT_FALSE(list->has("alice"));
    }
}

TEST(AllowList, NamesTheLineThatIsNoIdentity) {
    for (const auto& text : {std::string{"a\nb\n\xff\nd"}, std::string{"a\nb\n.worker"},
                             std::string{"a\nb\nx\x01y"}, "a\nb\n" + std::string(256, 'x')}) {
        const auto list = AllowList::parse(text);
        ASSERT_FALSE(list.has_value());
        EXPECT_NE(list.error().find("line 3"), std::string::npos) << list.error();
    }
}

}  // namespace
}  // namespace channel_manager
