#include "aditctl/table_text.h"

#include <gmock/gmock.h>

namespace aditctl {
namespace {

using testing::ElementsAre;

const std::vector<Head> heads{{"NAME"}, {"COUNT", Align::right}, {"WHAT"}};

TEST(TableText, ColumnsAreAsWideAsTheirWidestCell) {
    EXPECT_THAT(
        table_lines(heads, {{{"a"}, {"1"}, {"x"}}, {{"longer"}, {"12345678"}, {"y"}}}, false),
        ElementsAre("NAME       COUNT  WHAT",  //
                    "a              1  x",     //
                    "longer  12345678  y"));
}

TEST(TableText, LettersAreCountedNotBytes) {
    EXPECT_EQ(width_of("m\xc3\xbcller"), 6U);
    EXPECT_THAT(table_lines({{"N"}, {"X"}}, {{{"m\xc3\xbc"}, {"1"}}, {{"abc"}, {"2"}}}, false),
                ElementsAre("N    X", "m\xc3\xbc   1", "abc  2"));
}

TEST(TableText, NoLineIsWiderThanTheScreen) {
    const std::vector<std::vector<Cell>> rows{{{"longer"}, {"12345678"}, {"what it is about"}}};
    for (std::size_t width = 1; width < 40; ++width)
        for (const auto& line : table_lines(heads, rows, false, width))
            EXPECT_LE(width_of(line), width) << line;
    EXPECT_THAT(table_lines(heads, rows, false, 24).back(), "longer  12345678  what ~");
}

TEST(TableText, CropsBetweenLetters) {
    EXPECT_EQ(cropped("abc", 3), "abc");
    EXPECT_EQ(cropped("abcd", 3), "ab~");
    EXPECT_EQ(cropped("\xc3\xbc\xc3\xbc\xc3\xbc", 2), "\xc3\xbc~");
    EXPECT_EQ(cropped("abc", 0), "");
}

TEST(TableText, ColourTakesNoPlace) {
    const auto lines = table_lines({{"A"}, {"B"}}, {{{"x", Tone::bad}, {"y"}}}, true);
    EXPECT_EQ(lines.back(), "\x1b[1;31mx\x1b[0m  y");
    EXPECT_EQ(painted("x", Tone::bad, false), "x");
}

}  // namespace
}  // namespace aditctl
