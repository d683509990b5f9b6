#include "bitcoin/bech32.h"

#include <gtest/gtest.h>

#include "bitcoin/vectors_testing.h"

namespace bitcoin {
namespace {

std::string lower(std::string text) {
    for (auto& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
}

TEST(Bech32, ReadsThePublishedTextsAndWritesThemBack) {
    for (const auto& line : read_vectors("bech32.txt")) {
        SCOPED_TRACE(line.at(1));
        const auto decoded = decode_bech32(line.at(1));
        EXPECT_EQ(decoded.has_value(), line.at(0) != "invalid");
        if (!decoded) continue;
        EXPECT_EQ(decoded->variant == Bech32Variant::bech32, line.at(0) == "bech32");
        EXPECT_EQ(encode_bech32(*decoded), lower(line.at(1)));
    }
}

TEST(Bech32, RefusesCharactersThatCannotBePrinted) {  // BIP 173 and BIP 350, in hexadecimal there
    for (const auto* text : {"\x20"
                             "1nwldj5",
                             "\x7f"
                             "1axkwrx",
                             "\x80"
                             "1eym55h",
                             "\x20"
                             "1xj0phk",
                             "\x7f"
                             "1g6xzxy",
                             "\x80"
                             "1vctc34",
                             "de1lg7wt\xff"}) {
        SCOPED_TRACE(text);
        EXPECT_EQ(decode_bech32(text).error(), Bech32Error::malformed);
    }
}

TEST(Bech32, TellsATypingErrorFromATextOfAnotherKind) {
    EXPECT_EQ(decode_bech32("a12uel5m").error(), Bech32Error::wrong_checksum);
    EXPECT_EQ(decode_bech32("a12uel5b").error(), Bech32Error::malformed);  // b is not in there
    EXPECT_EQ(decode_bech32("").error(), Bech32Error::malformed);
}

}  // namespace
}  // namespace bitcoin
