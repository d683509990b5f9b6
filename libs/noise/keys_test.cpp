#include "noise/keys.h"

#include <gtest/gtest.h>

#include "base/base58.h"
#include "noise/test_bytes.h"

namespace noise {
namespace {

constexpr auto group_order = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
constexpr auto order_less_one = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140";
constexpr auto zero = "0000000000000000000000000000000000000000000000000000000000000000";
constexpr auto one = "0000000000000000000000000000000000000000000000000000000000000001";

std::string text_of(std::string_view hex) {
    return base::base58check_encode(base::from_hex(hex).value());
}

TEST(SecretKey, C043_IsFromOneToTheGroupOrderLessOne) {
    const struct {
        const char* bytes;
        bool taken;
    } cases[] = {{zero, false}, {one, true}, {order_less_one, true}, {group_order, false}};
    for (const auto& [bytes, taken] : cases) {
        SCOPED_TRACE(bytes);
        const auto key = SecretKey::from_bytes(test::bytes_of<32>(bytes));
        EXPECT_EQ(key.has_value(), taken);
        if (!taken) {
            EXPECT_EQ(key.error(), KeyError::out_of_range);
        }
    }
}

TEST(SecretKey, C043_IsDrawnAgainWhenOutOfRangeAndOtherwiseTakenAsDrawn) {
    class Scripted final : public base::Random {
      public:
        void fill(std::span<std::byte> bytes) override {
            const auto drawn = test::bytes_of<32>(draws_[next_++]);
            std::ranges::copy(drawn, bytes.begin());
        }
        std::size_t next_ = 0;

      private:
        const char* draws_[3] = {zero, group_order, order_less_one};
    } random;
    const auto key = SecretKey::generate(random);
    EXPECT_EQ(base::to_hex(key.bytes()), order_less_one);
    EXPECT_EQ(random.next_, 3U);
}

TEST(SecretKey, IsWipedWhereItWasMovedFrom) {
    auto key = test::repeated(0x77);
    const auto moved = std::move(key);
    EXPECT_EQ(base::to_hex(key.bytes()), zero);
    EXPECT_NE(base::to_hex(moved.bytes()), zero);
    static_assert(!std::is_copy_constructible_v<SecretKey>);
}

TEST(AuthorityKey, C050_C052_IsWrittenAndReadAsPublished) {
    const struct {
        const char* x_only;
        const char* text;
    } cases[] = {
        {"76637000979c1c11af0c300bcd8c7fe48610fce9b9c11e3daee35ae0b08a7455",
         "9bXiEd8boQVhq7WddEcERUL5tyyJVFYdU8th3HfbNXK3Yw6GRXh"},
        {"24ee3c3804a1aaa4c03b80ea19f7a5863c916e8994b7db94a3bad7ee092b6ce7",
         "9auqWEzQDVyd2oe1JVGFLMLHZtCo2FFqZwtKA5gd9xbuEu7PH72"},
        {"2c0b7cf95324a07d05398b240174dc0c2be444d96b159aa6c7f7b1e668680991",
         "9axyEG5bASfivgHzqZTvGPnforoki8Z1qXvSAe6CbAK3wFAVETn"},
    };
    for (const auto& [x_only, text] : cases) {
        SCOPED_TRACE(text);
        const AuthorityPublicKey key{{test::bytes_of<32>(x_only)}};
        EXPECT_EQ(authority_key_text(key), text);
        const auto parsed = parse_authority_key(text);
        ASSERT_TRUE(parsed.has_value());
        EXPECT_EQ(parsed->key, key);
        EXPECT_EQ(parsed->form, AuthorityKeyForm::versioned);
    }
}

TEST(AuthorityKey, C050_IsReadInItsLegacyFormAndSaysSo) {
    const auto parsed = parse_authority_key("u95GEReVMjK6k5YqiSFNqqTnKU4ypU2Wm8awa6tmbmDmk1bWt");
    ASSERT_TRUE(parsed.has_value());
    EXPECT_EQ(parsed->form, AuthorityKeyForm::legacy);
    EXPECT_EQ(authority_key_text(parsed->key),
              "9bXiEd8boQVhq7WddEcERUL5tyyJVFYdU8th3HfbNXK3Yw6GRXh");
}

TEST(AuthorityKey, IsRefusedWhenItIsNotOne) {
    const std::string x = "76637000979c1c11af0c300bcd8c7fe48610fce9b9c11e3daee35ae0b08a7455";
    const struct {
        const char* when;
        std::string text;
        KeyError refused;
    } cases[] = {
        {"nothing", "", KeyError::not_base58check},
        {"a letter mistyped", "9bXiEd8boQVhq7WddEcERUL5tyyJVFYdU8th3HfbNXK3Yw6GRXi",
         KeyError::not_base58check},
        {"version 0", text_of("0000" + x), KeyError::unknown_version},
        {"version 2", text_of("0200" + x), KeyError::unknown_version},
        {"version 1, big-endian", text_of("0001" + x), KeyError::unknown_version},
        {"33 bytes", text_of("01" + x), KeyError::wrong_size},
        {"31 bytes", text_of(x.substr(2)), KeyError::wrong_size},
        {"no point has this x", text_of("0100" + std::string{zero}), KeyError::not_on_curve},
    };
    for (const auto& [when, text, refused] : cases) {
        SCOPED_TRACE(when);
        const auto parsed = parse_authority_key(text);
        ASSERT_FALSE(parsed.has_value());
        EXPECT_EQ(parsed.error(), refused);
        EXPECT_FALSE(error_text(refused).empty());
    }
}

TEST(SecretKeyText, IsThePublishedOneAndBelongsToItsPublicKey) {
    const auto key = parse_secret_key("mkDLTBBRxdBv998612qipDYoTK3YUrqLe8uWw7gu3iXbSrn2n");
    ASSERT_TRUE(key.has_value());
    EXPECT_EQ(base::to_hex(key->bytes()),
              "65995eb19631f478a46ffa5cf1e545091efe950eaeac7482ffdc06eb6a89f697");
    EXPECT_EQ(secret_key_text(*key), "mkDLTBBRxdBv998612qipDYoTK3YUrqLe8uWw7gu3iXbSrn2n");
    EXPECT_EQ(authority_key_text({key->public_key()}),
              "9auqWEzQDVyd2oe1JVGFLMLHZtCo2FFqZwtKA5gd9xbuEu7PH72");
    EXPECT_EQ(parse_secret_key("mkDLTBBRxdBv998612qipDYoTK3YUrqLe8uWw7gu3iXbSrn2m").error(),
              KeyError::not_base58check);
    EXPECT_EQ(parse_secret_key(text_of("01")).error(), KeyError::wrong_size);
    EXPECT_EQ(parse_secret_key(text_of(zero)).error(), KeyError::out_of_range);
}

}  // namespace
}  // namespace noise
