#include "share_export/section.h"

#include <gmock/gmock.h>

#include "share_export/rows_testing.h"

namespace share_export {
namespace {

using namespace std::chrono_literals;

SectionHead head_at(std::uint64_t entry, std::uint64_t lines) {
    SectionHead head;
    head.format = TextFormat::csv;
    head.lines = lines;
    head.earliest = base::UnixMicros{5us};
    head.latest = base::UnixMicros{9us};
    head.places = {{0, {std::to_string(entry) + "-0", entry * 10}}, {7, {"3-1", 8}}};
    head.starts = {{7, {"3-1", 0}}};
    return head;
}

TEST(Section, SaysWhatIsInIt) {
    const std::string text = "one\ntwo\n";
    const auto section = encode_section(head_at(4, 2), text);
    const auto found = find_head(section);
    ASSERT_TRUE(found.has_value());
    const auto expected = head_at(4, 2);
    EXPECT_EQ(found->head.places, expected.places);
    EXPECT_EQ(found->head.starts, expected.starts);
    EXPECT_EQ(found->head.lines, 2U);
    EXPECT_EQ(found->head.earliest, expected.earliest);
    EXPECT_EQ(found->head.latest, expected.latest);
    EXPECT_EQ(found->head.format, TextFormat::csv);
    EXPECT_EQ(found->size + found->head.body_size, section.size());
    EXPECT_EQ(decode_body(found->head, std::string_view{section}.substr(found->size)), text);
}

TEST(Section, MayHaveNoLines) {
    const auto section = encode_section(head_at(4, 0), "");
    const auto found = find_head(section);
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->size, section.size());
    EXPECT_EQ(decode_body(found->head, ""), "");
}

TEST(WalkSections, EndsBeforeWhatIsTornOffWhereverThatIs) {
    const auto first = encode_section(head_at(4, 1), "one\n");
    const auto second = encode_section(head_at(5, 1), "two, which is longer\n");
    for (std::size_t cut = 0; cut <= second.size(); ++cut) {
        const auto walked = walk_sections(first + second.substr(0, cut));
        SCOPED_TRACE(cut);
        const bool is_whole = cut == second.size();
        ASSERT_FALSE(walked.is_damaged);
        ASSERT_EQ(walked.sections, is_whole ? 2U : 1U);
        ASSERT_EQ(walked.end, first.size() + (is_whole ? cut : 0));
        ASSERT_EQ(walked.places.at(0).id, is_whole ? "5-0" : "4-0");
    }
}

TEST(WalkSections, TakesZerosForTornOff) {
    const auto first = encode_section(head_at(4, 1), "one\n");
    const auto walked = walk_sections(first + std::string(5'000, '\0'));
    EXPECT_EQ(walked.sections, 1U);
    EXPECT_EQ(walked.end, first.size());
    EXPECT_FALSE(walked.is_damaged);
}

TEST(WalkSections, TellsDamageFromWhatIsTornOff) {
    const auto first = encode_section(head_at(4, 1), "one\n");
    const auto last = encode_section(head_at(6, 1), "three\n");
    const auto middle = encode_section(head_at(5, 1), "two\n");
    for (std::size_t i = 0; i < middle.size(); ++i) {
        auto damaged = middle;
        damaged[i] = static_cast<char>(damaged[i] ^ 0x55);
        const auto walked = walk_sections(first + damaged + last);
        SCOPED_TRACE(i);
        ASSERT_EQ(walked.places.at(0).id, "6-0") << "the last whole section says the place";
        ASSERT_EQ(walked.end, first.size() + middle.size() + last.size());
        // A number in the head may be another one; whether its lines are whole, the digest says.
        if (walked.sections == 2) {
            ASSERT_TRUE(walked.is_damaged);
        }
    }
}

TEST(WalkSections, FindsNothingInOtherFiles) {
    base::SeededRandom random{3};
    std::string noise(10'000, '\0');
    for (auto& c : noise) c = static_cast<char>(random.next_u64());
    EXPECT_EQ(walk_sections(noise).sections, 0U);
    EXPECT_EQ(walk_sections("").sections, 0U);
}

}  // namespace
}  // namespace share_export
