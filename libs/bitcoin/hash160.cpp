#include "bitcoin/hash160.h"

#include <openssl/evp.h>

#include <stdexcept>

#include "bitcoin/sha256.h"

namespace bitcoin {

std::array<std::byte, 20> hash160(base::ByteView bytes) {
    const auto inner = sha256(bytes);
    std::array<std::byte, 20> hash{};
    unsigned size = hash.size();
    if (EVP_Digest(inner.bytes.data(), inner.bytes.size(),
                   reinterpret_cast<unsigned char*>(hash.data()), &size, EVP_ripemd160(),
                   nullptr) != 1)
        throw std::runtime_error(
            "libcrypto has no RIPEMD-160: use OpenSSL 3.0.7 or later, or load its legacy provider");
    return hash;
}

}  // namespace bitcoin
