#include "sv1/line_reader.h"

#include <gtest/gtest.h>

#include <vector>

namespace sv1 {
namespace {

/// All lines of a stream that arrives in pieces of this size; a line that is too long ends it.
struct Read {
    std::vector<std::string> lines;
    bool too_long{};
};
Read read(LineReader& reader, std::string_view stream, std::size_t piece_size) {
    Read read;
    for (std::size_t at = 0; at < stream.size(); at += piece_size) {
        // On the heap, with nothing behind it.
        const auto piece = base::to_bytes(stream.substr(at, piece_size));
        base::ByteView unread{piece};
        for (;;) {
            const auto line = reader.take_line(unread);
            if (!line) {
                read.too_long = true;
                return read;
            }
            if (!*line) break;
            read.lines.emplace_back(**line);
        }
        EXPECT_TRUE(unread.empty());
    }
    return read;
}

TEST(LineReader, FindsTheSameLinesHoweverTheyArrive) {
    constexpr std::string_view stream = "{\"id\":1}\n{\"id\":2}\r\n\n\r\n{\"id\":\r3}\nabc";
    for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
        SCOPED_TRACE(piece);
        LineReader reader;
        EXPECT_EQ(read(reader, stream, piece).lines,
                  (std::vector<std::string>{"{\"id\":1}", "{\"id\":2}", "{\"id\":\r3}"}));
        EXPECT_TRUE(reader.has_partial_line());
    }
}

TEST(LineReader, BorrowsALineThatArrivesWhole) {
    LineReader reader;
    const auto received = base::to_bytes("one\ntwo\nthr");
    base::ByteView unread{received};
    const auto begin = base::as_string_view(received).data();
    EXPECT_EQ((*reader.take_line(unread))->data(), begin);
    EXPECT_EQ((*reader.take_line(unread))->data(), begin + 4);
    EXPECT_FALSE(reader.has_partial_line());
    EXPECT_FALSE(*reader.take_line(unread));
    EXPECT_TRUE(reader.has_partial_line());
}

TEST(LineReader, BoundsALineAtBothSidesOfTheBound) {
    const std::string longest(100, 'x');
    for (const auto* end : {"\n", "\r\n"}) {
        for (std::size_t piece = 1; piece <= 103; ++piece) {
            LineReader reader{100};
            const auto fits = read(reader, longest + end, piece);
            EXPECT_EQ(fits.lines, std::vector{longest}) << piece;
            EXPECT_FALSE(fits.too_long) << piece;
            LineReader other{100};
            const auto longer = read(other, longest + "y" + end, piece);
            EXPECT_TRUE(longer.too_long) << piece;
            EXPECT_TRUE(longer.lines.empty()) << piece;
        }
    }
}

TEST(LineReader, StopsAnEndlessLineWithoutGrowing) {
    LineReader reader{100};
    std::size_t most = 0;
    bool too_long = false;
    for (int i = 0; i < 1000 && !too_long; ++i) {
        base::ByteView unread = base::as_bytes("x");
        too_long = !reader.take_line(unread);
        most = std::max(most, reader.capacity());
        EXPECT_EQ(too_long, i >= 100) << i;
    }
    EXPECT_TRUE(too_long);
    EXPECT_LE(most, 240U);  // what a string reserves for 101 characters
}

TEST(LineReader, TakesNothingMoreAfterALineThatWasTooLong) {
    LineReader reader{4};
    base::ByteView unread = base::as_bytes("12345");
    ASSERT_FALSE(reader.take_line(unread));
    unread = base::as_bytes("\nok\n");
    const auto after = reader.take_line(unread);
    ASSERT_FALSE(after);
    EXPECT_EQ(after.error().line_size_max, 4U);
}

TEST(LineReader, HoldsNextToNothingBetweenLines) {
    LineReader reader;
    const auto received = base::to_bytes(std::string(10'000, 'x'));
    base::ByteView unread{received};
    ASSERT_FALSE(*reader.take_line(unread));
    EXPECT_GE(reader.capacity(), 10'000U);
    unread = base::as_bytes("\n");
    ASSERT_TRUE(*reader.take_line(unread));
    EXPECT_FALSE(*reader.take_line(unread));
    EXPECT_LE(reader.capacity(), 512U);
}

}  // namespace
}  // namespace sv1
