#include "base/base58.h"

#include <gtest/gtest.h>

#include "base/hex.h"
#include "base/random.h"

namespace base {
namespace {

Bytes bytes_of(std::string_view hex) {
    return from_hex(hex).value();
}

TEST(Base58Check, WritesPublishedTexts) {
    const struct {
        const char* payload;
        const char* text;
    } cases[] = {
        // Sv2 4.7.1: an authority key, with and without the prefix that names its version.
        {"010076637000979c1c11af0c300bcd8c7fe48610fce9b9c11e3daee35ae0b08a7455",
         "9bXiEd8boQVhq7WddEcERUL5tyyJVFYdU8th3HfbNXK3Yw6GRXh"},
        {"76637000979c1c11af0c300bcd8c7fe48610fce9b9c11e3daee35ae0b08a7455",
         "u95GEReVMjK6k5YqiSFNqqTnKU4ypU2Wm8awa6tmbmDmk1bWt"},
        // The address of the first block's coinbase: one leading zero byte.
        {"0062e907b15cbf27d5425399ebf6f0fb50ebb88f18", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"},
        // The address that belongs to nobody: twenty-one leading zero bytes.
        {"000000000000000000000000000000000000000000", "1111111111111111111114oLvT2"},
        {"", "3QJmnh"},
    };
    for (const auto& [payload, text] : cases) {
        SCOPED_TRACE(text);
        EXPECT_EQ(base58check_encode(bytes_of(payload)), text);
        EXPECT_EQ(base58check_decode(text).value(), bytes_of(payload));
    }
}

TEST(Base58Check, ReadsBackWhateverItWrote) {
    SeededRandom random{58};
    for (std::size_t round = 0; round < 500; ++round) {
        Bytes payload(round % (base58check_payload_size_max + 1));
        random.fill(payload);
        if (round % 3 == 0 && payload.size() > 2) payload[0] = payload[1] = std::byte{0};
        const auto text = base58check_encode(payload);
        const auto read = base58check_decode(text);
        ASSERT_TRUE(read.has_value()) << text;
        EXPECT_EQ(*read, payload);
    }
}

TEST(Base58Check, RefusesWhatItDidNotWrite) {
    const struct {
        const char* when;
        std::string text;
        Base58Error refused;
    } cases[] = {
        {"nothing", "", Base58Error::too_short},
        {"three bytes", "111", Base58Error::too_short},
        {"a zero for an o", "0A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", Base58Error::bad_character},
        {"a space", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa ", Base58Error::bad_character},
        {"one letter changed", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", Base58Error::wrong_checksum},
        {"one letter missing", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfN", Base58Error::wrong_checksum},
        {"one leading zero more", "11A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
         Base58Error::wrong_checksum},
        {"the longest text", std::string(base58_text_size_max, 'z'), Base58Error::wrong_checksum},
        {"too long", std::string(base58_text_size_max + 1, 'z'), Base58Error::too_long},
    };
    for (const auto& [when, text, refused] : cases) {
        SCOPED_TRACE(when);
        const auto read = base58check_decode(text);
        ASSERT_FALSE(read.has_value());
        EXPECT_EQ(read.error(), refused);
        EXPECT_FALSE(error_text(read.error()).empty());
    }
}

}  // namespace
}  // namespace base
