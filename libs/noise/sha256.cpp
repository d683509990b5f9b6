#include "noise/sha256.h"

#include "base/ensure.h"
#include "noise/c_bytes.h"

namespace noise {
namespace {

void hmac(std::span<const std::byte, 32> key, std::initializer_list<base::ByteView> parts,
          Secret<32>& out) {
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, c_bytes(key.data()), key.size());
    for (const auto part : parts)
        crypto_auth_hmacsha256_update(&state, c_bytes(part.data()), part.size());
    crypto_auth_hmacsha256_final(&state, c_bytes(out.writable().data()));
    sodium_memzero(&state, sizeof state);
}

}  // namespace

std::array<std::byte, 32> sha256(std::initializer_list<base::ByteView> parts) {
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    for (const auto part : parts)
        crypto_hash_sha256_update(&state, c_bytes(part.data()), part.size());
    std::array<std::byte, 32> hash{};
    crypto_hash_sha256_final(&state, c_bytes(hash.data()));
    sodium_memzero(&state, sizeof state);
    return hash;
}

HkdfOutputs hkdf(std::span<const std::byte, 32> chaining_key, base::ByteView input) {
    static constexpr std::array one{std::byte{1}};
    static constexpr std::array two{std::byte{2}};
    Secret<32> extracted;
    hmac(chaining_key, {input}, extracted);
    HkdfOutputs outputs;
    hmac(extracted.bytes(), {one}, outputs.first);
    hmac(extracted.bytes(), {outputs.first.bytes(), two}, outputs.second);
    return outputs;
}

void initialise_sodium() {
    static const bool ready = sodium_init() >= 0;
    base::ensure(ready, "libsodium starts");
}

}  // namespace noise
