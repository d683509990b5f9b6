#include "ledger/readers.h"

#include <gtest/gtest.h>

namespace ledger {
namespace {

TEST(ReaderNames, AreShortAndPlain) {
    for (const char* name : {"exporter", "a", "Export_2.b-c"}) EXPECT_TRUE(is_reader_name(name));
    EXPECT_TRUE(is_reader_name(std::string(64, 'x')));
    for (const char* name : {"", "a b", "a\n", "ä", "a/b", "a:b"})
        EXPECT_FALSE(is_reader_name(name)) << name;
    EXPECT_FALSE(is_reader_name(std::string(65, 'x')));
}

TEST(EntryIds, AreATimeAndANumber) {
    EXPECT_TRUE(is_entry_id("0-0"));
    EXPECT_TRUE(is_entry_id("1700000000000-12"));
    EXPECT_EQ(entry_time_ms("1700000000000-12"), 1'700'000'000'000);
    for (const char* id :
         {"", "-", "1", "1-", "-1", "1-2-3", "a-b", "1 -2", "99999999999999999999-0"})
        EXPECT_FALSE(is_entry_id(id)) << id;
}

}  // namespace
}  // namespace ledger
