#include "bitcoin/extended_key.h"

#include <gtest/gtest.h>

#include "bitcoin/vectors_testing.h"

namespace bitcoin {
namespace {

// BIP 32's vector 2, m/0, and the same key under testnet's version.
constexpr const char* xpub =
    "xpub69H7F5d8KSRgmmdJg2KhpAK8SR3DjMwAdkxj3ZuxV27CprR9LgpeyGmXUbC6wb7ERfvrnKZjXoUmmDznezpbZb7ap6"
    "r1D3tgFxHmwMkQTPH";
constexpr const char* tpub =
    "tpubD9ejmKSp2iP93ZpA8DJo25eVmY8sikSEBPZ2Q7y6pvs6a95rQufk7iSMidGtU64UDaTmPu5c4uJpTQVQ3rfqT2Zssh"
    "b"
    "JtaYuqutBhMEvKgw";

TEST(ExtendedKey, HasThePublishedChildrenAndRefusesWhatIsNone) {
    for (const auto& line : read_vectors("extended_keys.txt")) {
        SCOPED_TRACE(line.at(1));
        const auto key = parse_extended_key(line.at(1), Network::mainnet);
        if (line.at(0) == "child") {
            ASSERT_TRUE(key.has_value());
            const auto child = child_of(*key, static_cast<std::uint32_t>(std::stoul(line.at(2))));
            ASSERT_TRUE(child.has_value());
            EXPECT_EQ(*child, parse_extended_key(line.at(3), Network::mainnet).value());
        } else {
            ASSERT_FALSE(key.has_value());
            EXPECT_EQ(
                key.error() == ExtendedKeyError::private_key,
                line.at(1).starts_with("xprv") && key.error() != ExtendedKeyError::wrong_checksum);
        }
    }
}

TEST(ExtendedKey, BelongsToANetwork) {
    EXPECT_TRUE(parse_extended_key(xpub, Network::mainnet).has_value());
    for (const auto network :
         {Network::testnet, Network::testnet4, Network::signet, Network::regtest}) {
        EXPECT_EQ(parse_extended_key(xpub, network).error(), ExtendedKeyError::wrong_network);
        EXPECT_EQ(parse_extended_key(tpub, network).value(),
                  parse_extended_key(xpub, Network::mainnet).value());
    }
    EXPECT_EQ(parse_extended_key(tpub, Network::mainnet).error(), ExtendedKeyError::wrong_network);
}

TEST(ExtendedKey, HasNoHardenedChildAndNoneBelowTheDeepest) {
    auto key = parse_extended_key(xpub, Network::mainnet).value();
    EXPECT_TRUE(child_of(key, hardened_index_min - 1).has_value());
    EXPECT_FALSE(child_of(key, hardened_index_min).has_value());
    key.depth = 254;
    EXPECT_TRUE(child_of(key, 0).has_value());
    key.depth = 255;
    EXPECT_FALSE(child_of(key, 0).has_value());
}

TEST(ExtendedKey, IsNotAnyOtherText) {
    for (const auto* text : {"", "xpub", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "0014"})
        EXPECT_FALSE(parse_extended_key(text, Network::mainnet).has_value()) << text;
    std::string mistyped{xpub};
    mistyped[20] = 'A';
    EXPECT_EQ(parse_extended_key(mistyped, Network::mainnet).error(),
              ExtendedKeyError::wrong_checksum);
}

}  // namespace
}  // namespace bitcoin
