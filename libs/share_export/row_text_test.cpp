#include "share_export/row_text.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "share_export/columns.h"
#include "share_export/rows_testing.h"

namespace share_export {
namespace {

class RowText : public testing::TestWithParam<TextFormat> {};

TEST_P(RowText, IsReadBackAsItWas) {
    base::SeededRandom random{11};
    LineReader reader{GetParam()};
    if (const auto header = header_line(GetParam()); !header.empty()) {
        const auto names = reader.read(header.substr(0, header.size() - 1));
        ASSERT_TRUE(names.has_value());
        EXPECT_FALSE(names->has_value());
    }
    for (int i = 0; i < 500; ++i) {
        const auto row = random_row(random);
        std::string line;
        append_line(line, row, GetParam());
        ASSERT_TRUE(line.ends_with('\n'));
        line.pop_back();
        ASSERT_EQ(line.find('\n'), std::string::npos);
        const auto read = reader.read(line);
        ASSERT_TRUE(read.has_value()) << read.error() << "\n" << line;
        ASSERT_TRUE(read->has_value());
        EXPECT_EQ(**read, row) << line;
    }
}

TEST_P(RowText, RefusesWhatAFieldCannotBe) {
    base::SeededRandom random{12};
    auto row = random_row(random);
    row.reason.reset();
    row.identity = row.user_identity = row.worker = "a";
    std::string line = header_line(GetParam());
    const auto header_size = line.size();
    append_line(line, row, GetParam());
    line.pop_back();
    const auto at = line.find(row.entry.text());
    ASSERT_NE(at, std::string::npos);
    line.replace(at, row.entry.text().size(), "nonsense");
    LineReader reader{GetParam()};
    if (header_size > 0) {
        ASSERT_TRUE(reader.read(line.substr(0, header_size - 1)).has_value());
    }
    const auto read = reader.read(std::string_view{line}.substr(header_size));
    ASSERT_FALSE(read.has_value());
    EXPECT_THAT(read.error(), testing::HasSubstr("entry"));
}

INSTANTIATE_TEST_SUITE_P(Formats, RowText, testing::Values(TextFormat::jsonl, TextFormat::csv),
                         [](const auto& of) { return std::string{format_name(of.param)}; });

TEST(RowText, IsJsonWhateverAMinerCallsItself) {
    base::SeededRandom random{13};
    auto row = random_row(random);
    row.identity = to_valid_text("\"\\\x01\xff\xc3\xa9\n");
    row.difficulty = bitcoin::Difficulty{~std::uint64_t{0}};
    std::string line;
    append_line(line, row, TextFormat::jsonl);
    const auto json = nlohmann::json::parse(line);
    EXPECT_EQ(json["identity"], "\"\\\x01\xef\xbf\xbd\xc3\xa9\n");
    EXPECT_EQ(json["difficulty_q32"], "18446744073709551615");
    EXPECT_EQ(json.size(), columns().size());
}

TEST(RowText, CopyEscapesWhatPostgresqlWouldTakeForItsOwn) {
    base::SeededRandom random{14};
    auto row = random_row(random);
    row.identity = "a\tb\nc\\N";
    row.height.reset();
    std::string line;
    append_copy_line(line, row);
    EXPECT_THAT(line, testing::HasSubstr("\ta\\tb\\nc\\\\N\t"));
    EXPECT_THAT(line, testing::HasSubstr("\t\\N\t"));
    EXPECT_EQ(std::ranges::count(line, '\t'), std::ssize(columns()) - 1);
    EXPECT_EQ(std::ranges::count(line, '\n'), 1);
}

TEST(RowText, ReadsFilesOfOtherVersions) {
    LineReader csv{TextFormat::csv};
    ASSERT_TRUE(csv.read("partition,entry,later,identity").has_value());
    const auto row = csv.read("3,17-2,x,alice");
    ASSERT_TRUE(row.has_value() && row->has_value());
    EXPECT_EQ((*row)->partition, 3U);
    EXPECT_EQ((*row)->identity, "alice");
    LineReader json{TextFormat::jsonl};
    const auto other = json.read(R"({"entry":"17-2","later":{"a":[1]},"identity":"bob"})");
    ASSERT_TRUE(other.has_value() && other->has_value());
    EXPECT_EQ((*other)->identity, "bob");
}

TEST(RowText, SaysWhatIsWrongWithALine) {
    LineReader json{TextFormat::jsonl};
    EXPECT_FALSE(json.read("{\"entry\":").has_value());
    EXPECT_FALSE(json.read("[]").has_value());
    LineReader csv{TextFormat::csv};
    EXPECT_FALSE(csv.read("1,2,3").has_value()) << "no names";
    ASSERT_TRUE(csv.read("partition,entry").has_value());
    EXPECT_FALSE(csv.read("1").has_value());
    EXPECT_FALSE(csv.read("1,\"17-2").has_value());
}

TEST(TimeText, IsReadBackToTheMicrosecond) {
    const struct {
        const char* text;
        std::optional<std::int64_t> micros;
    } cases[] = {
        {"1970-01-01T00:00:00.000000Z", 0},
        {"2026-11-25T23:59:59.999999Z", 1'795'651'199'999'999},
        {"2024-02-29T12:00:00Z", 1'709'208'000'000'000},
        {"2023-02-29T12:00:00Z", std::nullopt},
        {"2026-11-25T24:00:00Z", std::nullopt},
        {"2026-11-25 23:59:59Z", std::nullopt},
        {"2026-11-25T23:59:59", std::nullopt},
        {"2026-11-25T23:59:59.12345xZ", std::nullopt},
        {"", std::nullopt},
    };
    for (const auto& [text, micros] : cases) {
        SCOPED_TRACE(text);
        const auto at = time_from(text);
        ASSERT_EQ(at.has_value(), micros.has_value());
        if (!at) continue;
        EXPECT_EQ(at->time_since_epoch().count(), *micros);
        if (std::string_view{text}.size() > 20) {
            EXPECT_EQ(time_text(*at), text);
        }
    }
}

}  // namespace
}  // namespace share_export
