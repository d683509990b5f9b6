#include "noise/symmetric_state.h"

#include "base/ensure.h"
#include "noise/sha256.h"

namespace noise {

SymmetricState::SymmetricState() {
    static constexpr std::string_view name = "Noise_NX_Secp256k1+EllSwift_ChaChaPoly_SHA256";
    static const auto name_hash = sha256({base::as_bytes(name)});
    chaining_key_ = Secret<32>{name_hash};
    hash_ = Secret<32>{name_hash};
    mix_hash({});  // the prologue
}

void SymmetricState::mix_hash(base::ByteView data) {
    hash_ = Secret<32>{sha256({hash_.bytes(), data})};
}

void SymmetricState::mix_key(std::span<const std::byte, 32> input) {
    auto [chaining_key, key] = hkdf(chaining_key_.bytes(), input);
    chaining_key_ = std::move(chaining_key);
    cipher_.emplace(std::move(key));
}

base::Result<base::ByteView, CipherError> SymmetricState::encrypt_and_hash(
    base::ByteView plaintext, std::span<std::byte> sealed) {
    base::ensure(cipher_.has_value(), "a key is mixed before anything is encrypted");
    auto written = cipher_->seal(hash_.bytes(), plaintext, sealed);
    if (written) mix_hash(*written);
    return written;
}

base::Result<base::ByteView, CipherError> SymmetricState::decrypt_and_hash(
    base::ByteView sealed, std::span<std::byte> opened) {
    base::ensure(cipher_.has_value(), "a key is mixed before anything is decrypted");
    // The ciphertext is hashed, and `opened` may lie on top of it.
    const Secret<32> next{sha256({hash_.bytes(), sealed})};
    auto written = cipher_->open(hash_.bytes(), sealed, opened);
    if (written) hash_ = Secret<32>{next.bytes()};
    return written;
}

std::pair<CipherState, CipherState> SymmetricState::split() const {
    auto [first, second] = hkdf(chaining_key_.bytes(), {});
    return {CipherState{std::move(first)}, CipherState{std::move(second)}};
}

}  // namespace noise
