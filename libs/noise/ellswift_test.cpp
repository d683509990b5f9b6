#include "noise/ellswift.h"

#include <gtest/gtest.h>

#include <set>

#include "noise/identity.h"
#include "noise/test_bytes.h"

namespace noise {
namespace {

TEST(EllSwift, C036_C053_SharesThePublishedSecretsWithTheInitiatorFirst) {
    for (const auto& row : test::vectors("bip324_shared_secrets.csv")) {
        SCOPED_TRACE(row[0]);
        const auto own = test::secret_of(row[0]);
        const EllSwift own_encoding{test::bytes_of<64>(row[1])};
        const auto peer = PeerKey::decode({test::bytes_of<64>(row[2])});
        ASSERT_TRUE(peer.has_value());
        const auto role = row[3] == "1" ? Role::initiator : Role::responder;
        const auto other = row[3] == "1" ? Role::responder : Role::initiator;
        EXPECT_EQ(base::to_hex(ecdh(own, own_encoding, *peer, role)->bytes()), row[4]);
        EXPECT_NE(base::to_hex(ecdh(own, own_encoding, *peer, other)->bytes()), row[4]);
        EXPECT_EQ(PeerKey::decode(own_encoding)->x_only(), own.public_key());
    }
}

TEST(EllSwift, C032_EncodesKeysSoThatTheyDecodeToThemselves) {
    base::SeededRandom random{5};
    std::set<std::array<std::byte, 64>> encodings;
    for (int round = 0; round < 200; ++round) {
        const auto key = make_ephemeral_key(random);
        ASSERT_EQ(PeerKey::decode(key.encoding)->x_only(), key.secret.public_key());
        EXPECT_TRUE(encodings.insert(key.encoding.bytes).second);
    }
}

TEST(EllSwift, EncodesAKeyAsItsSeedSays) {
    const auto key = test::repeated(0x11);
    const std::array<std::byte, 32> one{std::byte{1}};
    const std::array<std::byte, 32> two{std::byte{2}};
    EXPECT_EQ(encode_ellswift(key, one), encode_ellswift(key, one));
    EXPECT_NE(encode_ellswift(key, one), encode_ellswift(key, two));
    EXPECT_EQ(static_encoding(key), static_encoding(key));
    EXPECT_EQ(PeerKey::decode(static_encoding(key))->x_only(), key.public_key());
}

TEST(EllSwift, SharesNothingWithAKeyThatWasMovedFrom) {
    auto key = test::repeated(0x11);
    const auto moved = std::move(key);
    const auto peer = PeerKey::decode(static_encoding(moved));
    EXPECT_FALSE(ecdh(key, {}, *peer, Role::initiator).has_value());
    EXPECT_TRUE(ecdh(moved, {}, *peer, Role::initiator).has_value());
}

TEST(EllSwift, C055_MakesAnotherEphemeralKeyEachTime) {
    static_assert(!std::is_copy_constructible_v<EphemeralKey>);
    base::SeededRandom random{6};
    const auto first = make_ephemeral_key(random);
    const auto second = make_ephemeral_key(random);
    EXPECT_NE(first.encoding, second.encoding);
    EXPECT_NE(first.secret.public_key(), second.secret.public_key());
}

}  // namespace
}  // namespace noise
