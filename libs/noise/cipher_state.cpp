#include "noise/cipher_state.h"

#include <limits>

#include "base/ensure.h"
#include "noise/c_bytes.h"
#include "noise/sha256.h"

namespace noise {
namespace {

constexpr std::uint64_t reserved_nonce = std::numeric_limits<std::uint64_t>::max();

std::array<std::byte, crypto_aead_chacha20poly1305_ietf_NPUBBYTES> nonce_bytes(std::uint64_t n) {
    std::array<std::byte, crypto_aead_chacha20poly1305_ietf_NPUBBYTES> bytes{};
    base::store_le(n, bytes.data() + 4);
    return bytes;
}

}  // namespace

CipherState::CipherState(Secret<32> key, std::uint64_t nonce)
    : key_(std::move(key)), nonce_(nonce) {
    initialise_sodium();
}

std::uint64_t CipherState::remaining() const {
    return reserved_nonce - nonce_;
}

base::Result<base::ByteView, CipherError> CipherState::seal(base::ByteView associated_data,
                                                            base::ByteView plaintext,
                                                            std::span<std::byte> sealed) {
    base::ensure(sealed.size() == plaintext.size() + mac_size, "room for the MAC");
    if (nonce_ == reserved_nonce) return base::unexpected(CipherError::nonce_exhausted);
    const auto nonce = nonce_bytes(nonce_);
    crypto_aead_chacha20poly1305_ietf_encrypt(
        c_bytes(sealed.data()), nullptr, c_bytes(plaintext.data()), plaintext.size(),
        c_bytes(associated_data.data()), associated_data.size(), nullptr, c_bytes(nonce.data()),
        c_bytes(key_.bytes().data()));
    ++nonce_;
    return base::ByteView{sealed};
}

base::Result<base::ByteView, CipherError> CipherState::open(base::ByteView associated_data,
                                                            base::ByteView sealed,
                                                            std::span<std::byte> opened) {
    base::ensure(sealed.size() == opened.size() + mac_size, "room for the plaintext");
    if (nonce_ == reserved_nonce) return base::unexpected(CipherError::nonce_exhausted);
    const auto nonce = nonce_bytes(nonce_);
    if (crypto_aead_chacha20poly1305_ietf_decrypt(
            c_bytes(opened.data()), nullptr, nullptr, c_bytes(sealed.data()), sealed.size(),
            c_bytes(associated_data.data()), associated_data.size(), c_bytes(nonce.data()),
            c_bytes(key_.bytes().data())) != 0)
        return base::unexpected(CipherError::authentication_failed);
    ++nonce_;
    return base::ByteView{opened};
}

base::Result<base::ByteView, CipherError> CipherState::seal_with(const MessageStream& stream,
                                                                 base::ByteView plaintext,
                                                                 std::span<std::byte> sealed) {
    base::ensure(sealed.size() == plaintext.size() + mac_size, "room for the MAC");
    base::ensure(stream.nonce == nonce_, "a stream is of one message");
    if (nonce_ == reserved_nonce) return base::unexpected(CipherError::nonce_exhausted);
    seal_short(stream, plaintext, sealed.data());
    ++nonce_;
    return base::ByteView{sealed};
}

base::Result<base::ByteView, CipherError> CipherState::open_with(const MessageStream& stream,
                                                                 base::ByteView sealed,
                                                                 std::span<std::byte> opened) {
    base::ensure(sealed.size() == opened.size() + mac_size, "room for the plaintext");
    base::ensure(stream.nonce == nonce_, "a stream is of one message");
    if (nonce_ == reserved_nonce) return base::unexpected(CipherError::nonce_exhausted);
    if (!open_short(stream, sealed, opened.data()))
        return base::unexpected(CipherError::authentication_failed);
    ++nonce_;
    return base::ByteView{opened};
}

}  // namespace noise
