#include "sv1/text.h"

#include <gtest/gtest.h>

#include "base/hex.h"

namespace sv1 {
namespace {

bitcoin::Uint256 from_wire(std::string_view hex) {
    bitcoin::Uint256 value;
    const auto bytes = base::from_hex(hex).value();
    std::copy(bytes.begin(), bytes.end(), std::as_writable_bytes(std::span{value.bytes}).begin());
    return value;
}

template <class Append, class Value>
std::string text_of(Append append, const Value& value) {
    std::string text;
    append(value, text);
    return text;
}

// The genesis block's hash, and the tip of the reference's share A, as on the wire and in SV1.
constexpr struct {
    const char* wire;
    const char* sv1;
} prev_hashes[] = {
    {"6fe28c0ab6f1b372c1a6a246ae63f74f931e8365e15a089c68d6190000000000",
     "0a8ce26f72b3f1b646a2a6c14ff763ae65831e939c085ae10019d66800000000"},
    {"17cd48869956dc99e01cd892e478e39dd563a0a3803b8bbe9e3e000000000000",
     "8648cd1799dc569992d81ce09de378e4a3a063d5be8b3b8000003e9e00000000"},
};

TEST(Text, C243_SwapsPrevHashInsideItsWordsAndLeavesBranchesAsTheyAre) {
    for (const auto& [wire, sv1] : prev_hashes) {
        EXPECT_EQ(text_of(append_prev_hash, from_wire(wire)), sv1);
        EXPECT_EQ(parse_prev_hash(sv1), from_wire(wire));
        EXPECT_EQ(text_of(append_branch, from_wire(wire)), wire);
        EXPECT_EQ(parse_branch(wire), from_wire(wire));
    }
    for (const auto* text : {"", "00",
                             "0a8ce26f72b3f1b646a2a6c14ff763ae65831e939c085ae10019d668000"
                             "0000g"}) {
        EXPECT_FALSE(parse_prev_hash(text)) << text;
        EXPECT_FALSE(parse_branch(text)) << text;
    }
}

TEST(Text, C244_WritesNumbersInEightDigitsAndReadsOneToEight) {
    EXPECT_EQ(text_of(append_hex32, 0x680be961U), "680be961");
    EXPECT_EQ(text_of(append_hex32, 0x4107U), "00004107");
    EXPECT_EQ(text_of(append_hex32, 0U), "00000000");
    const struct {
        const char* text;
        std::optional<std::uint32_t> value;
    } cases[] = {
        {"00004107", 0x4107},
        {"4107", 0x4107},
        {"1", 1},
        {"0", 0},
        {"ffffffff", 0xffffffff},
        {"FFFFFFFF", 0xffffffff},
        {"", {}},
        {"100000000", {}},
        {"000000001", {}},
        {"-1", {}},
        {"+1", {}},
        {"0x1", {}},
        {" 1", {}},
        {"1 ", {}},
        {"g", {}},
    };
    for (const auto& [text, value] : cases) EXPECT_EQ(parse_hex32(text), value) << text;
}

TEST(Text, ReadsJobIdsInTheOneWayTheyAreWritten) {
    const struct {
        const char* text;
        std::optional<std::uint32_t> value;
    } cases[] = {
        {"0", 0},           {"7", 7},   {"4294967295", 0xffffffff},
        {"4294967296", {}}, {"", {}},   {"007", {}},
        {"00", {}},         {"-7", {}}, {"7f", {}},
        {"7 ", {}},
    };
    for (const auto& [text, value] : cases) EXPECT_EQ(parse_job_id(text), value) << text;
    EXPECT_EQ(text_of(append_decimal, std::uint64_t{0xffffffff}), "4294967295");
}

TEST(Text, ReadsHexIntoWhatFits) {
    std::array<std::byte, 2> to{};
    EXPECT_EQ(parse_hex("0aFf", to), 2U);
    EXPECT_EQ(to, (std::array{std::byte{0x0a}, std::byte{0xff}}));
    EXPECT_EQ(parse_hex("", to), 0U);
    EXPECT_EQ(parse_hex("01", to), 1U);
    EXPECT_FALSE(parse_hex("0", to));
    EXPECT_FALSE(parse_hex("010203", to));
    EXPECT_FALSE(parse_hex("0x", to));
}

TEST(Text, ReadsASuggestedTargetMostSignificantDigitFirst) {
    bitcoin::Uint256 value;
    value.bytes[0] = 0x34;
    value.bytes[1] = 0x12;
    EXPECT_EQ(parse_target("1234"), value);
    EXPECT_EQ(parse_target(std::string(60, '0') + "1234"), value);
    EXPECT_EQ(parse_target(std::string(64, 'f')), bitcoin::uint256_max());
    EXPECT_FALSE(parse_target(""));
    EXPECT_FALSE(parse_target(std::string(65, '0')));
    EXPECT_FALSE(parse_target("12g4"));
}

}  // namespace
}  // namespace sv1
