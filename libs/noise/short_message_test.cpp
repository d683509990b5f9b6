#include "noise/short_message.h"

#include <gtest/gtest.h>
#include <sodium.h>

#include <array>
#include <iterator>

#include "base/random.h"
#include "noise/c_bytes.h"
#include "noise/cipher_state.h"

namespace noise {
namespace {

/// As libsodium seals it.
base::Bytes sealed_by_library(const base::Bytes& key, std::uint64_t nonce, base::ByteView plain) {
    std::array<std::byte, 12> nonce_bytes{};
    base::store_le(nonce, nonce_bytes.data() + 4);
    base::Bytes sealed(plain.size() + mac_size);
    crypto_aead_chacha20poly1305_ietf_encrypt(
        c_bytes(sealed.data()), nullptr, c_bytes(plain.data()), plain.size(), nullptr, 0, nullptr,
        c_bytes(nonce_bytes.data()), c_bytes(key.data()));
    return sealed;
}

TEST(ShortMessage, IsSealedAsTheLibrarySealsIt) {
    base::SeededRandom random{1};
    const std::uint64_t nonces[] = {0, 1, 0xffffffff, 0xffffffff00000000, ~std::uint64_t{1}};
    for (std::size_t round = 0; round < 4000; ++round) {
        base::Bytes key(32);
        random.fill(key);
        // Ones are where the MAC's arithmetic wraps.
        base::Bytes plain(round % (short_message_max + 1), std::byte{0xff});
        if (round % 3 != 0) random.fill(plain);
        const auto nonce =
            round % 2 == 0 ? nonces[round / 2 % std::size(nonces)] : random.next_u64();
        const StreamPair streams{key.data(), nonce};
        for (const auto& stream : {streams.first(), streams.second()}) {
            const auto expected = sealed_by_library(key, stream.nonce, plain);
            base::Bytes sealed = plain;
            sealed.resize(plain.size() + mac_size);
            seal_short(stream, base::ByteView{sealed}.first(plain.size()), sealed.data());
            ASSERT_EQ(sealed, expected) << plain.size();
            ASSERT_TRUE(open_short(stream, sealed, sealed.data()));
            sealed.resize(plain.size());
            EXPECT_EQ(sealed, plain);
        }
    }
}

TEST(ShortMessage, IsNotOpenedWhereASingleBitIsAnother) {
    base::SeededRandom random{2};
    base::Bytes key(32);
    random.fill(key);
    const StreamPair streams{key.data(), 7};
    for (const auto size : std::to_array<std::size_t>({0, 1, 6, 16, 20, 63, 64, 65, 600})) {
        base::Bytes sealed(size + mac_size);
        seal_short(streams.first(), base::Bytes(size, std::byte{0x5a}), sealed.data());
        for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
            auto damaged = sealed;
            damaged[bit / 8] ^= std::byte{1} << (bit % 8);
            base::Bytes opened(size, std::byte{});
            EXPECT_FALSE(open_short(streams.first(), damaged, opened.data()));
            EXPECT_EQ(opened, base::Bytes(size, std::byte{})) << "nothing is to be seen";
        }
        base::Bytes opened(size);
        EXPECT_FALSE(open_short(streams.second(), sealed, opened.data())) << "another nonce";
    }
}

TEST(ShortMessage, CountsNoncesAsLongOnesDo) {
    base::SeededRandom random{3};
    std::array<std::byte, 32> key{};
    random.fill(key);
    CipherState sealer{Secret<32>{key}};
    CipherState opener{Secret<32>{key}};
    const base::Bytes plain(20, std::byte{1});
    for (int i = 0; i < 3; ++i) {
        base::Bytes sealed(plain.size() + mac_size);
        if (i == 1) {
            const auto streams = sealer.streams();
            ASSERT_TRUE(sealer.seal_with(streams.first(), plain, sealed).has_value());
        } else {
            ASSERT_TRUE(sealer.seal({}, plain, sealed).has_value());
        }
        base::Bytes opened(plain.size());
        ASSERT_TRUE(opener.open({}, sealed, opened).has_value());
        EXPECT_EQ(opened, plain);
    }
    CipherState last{Secret<32>{key}, ~std::uint64_t{0}};
    const auto streams = last.streams();
    base::Bytes sealed(plain.size() + mac_size);
    EXPECT_EQ(last.seal_with(streams.first(), plain, sealed).error(), CipherError::nonce_exhausted);
}

}  // namespace
}  // namespace noise
