#include "noise/cipher_state.h"

#include <gtest/gtest.h>

#include <limits>

#include "noise/test_bytes.h"

namespace noise {
namespace {

constexpr auto reserved = std::numeric_limits<std::uint64_t>::max();

Secret<32> key() {
    return Secret<32>{
        test::bytes_of<32>("1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0")};
}

TEST(CipherState, C040_PutsTheCounterLittleEndianAfterFourZeroBytes) {
    // RFC 8439, appendix A.5: its nonce is 00000000 0102030405060708.
    CipherState cipher{key(), 0x0807060504030201};
    const auto associated = test::bytes_of<12>("f33388860000000000004e91");
    const auto sealed = base::from_hex("64a0861575861af460f062c79be643bd");
    base::Bytes plain(16);
    std::memcpy(plain.data(), "Internet-Drafts ", 16);
    base::Bytes out(32);
    ASSERT_TRUE(cipher.seal(associated, plain, out).has_value());
    EXPECT_EQ(base::to_hex(base::ByteView{out}.first(16)), base::to_hex(*sealed));
}

TEST(CipherState, OpensInPlaceWhatWasSealedInPlace) {
    CipherState sealer{key()};
    CipherState opener{key()};
    base::Bytes buffer = base::to_bytes("share");
    buffer.resize(5 + mac_size);
    ASSERT_TRUE(sealer.seal({}, base::ByteView{buffer}.first(5), buffer).has_value());
    EXPECT_NE(base::as_string_view(buffer).substr(0, 5), "share");
    const auto opened = opener.open({}, buffer, std::span{buffer}.first(5));
    ASSERT_TRUE(opened.has_value());
    EXPECT_EQ(base::as_string_view(*opened), "share");
}

TEST(CipherState, C041_KeepsItsNonceWhenOpeningFails) {
    CipherState sealer{key()};
    CipherState opener{key()};
    base::Bytes sealed(5 + mac_size);
    ASSERT_TRUE(sealer.seal({}, base::as_bytes("share"), sealed).has_value());
    auto damaged = sealed;
    damaged[2] ^= std::byte{1};
    base::Bytes plain(5);
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(opener.open({}, damaged, plain).error(), CipherError::authentication_failed);
    EXPECT_EQ(opener.remaining(), reserved);
    EXPECT_TRUE(opener.open({}, sealed, plain).has_value());
    EXPECT_EQ(opener.open({}, sealed, plain).error(), CipherError::authentication_failed)
        << "a replay";
}

TEST(CipherState, ChecksTheAssociatedData) {
    CipherState sealer{key()};
    CipherState opener{key()};
    base::Bytes sealed(mac_size);
    ASSERT_TRUE(sealer.seal(base::as_bytes("h"), {}, sealed).has_value());
    EXPECT_FALSE(opener.open({}, sealed, {}).has_value());
    EXPECT_TRUE(opener.open(base::as_bytes("h"), sealed, {}).has_value());
}

TEST(CipherState, C064_RefusesTheReservedNonce) {
    CipherState sealer{key(), reserved - 1};
    CipherState opener{key(), reserved - 1};
    base::Bytes sealed(mac_size);
    ASSERT_TRUE(sealer.seal({}, {}, sealed).has_value());
    ASSERT_TRUE(opener.open({}, sealed, {}).has_value());
    EXPECT_EQ(sealer.remaining(), 0U);
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(sealer.seal({}, {}, sealed).error(), CipherError::nonce_exhausted);
        EXPECT_EQ(opener.open({}, sealed, {}).error(), CipherError::nonce_exhausted);
    }
}

}  // namespace
}  // namespace noise
