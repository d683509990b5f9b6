#include "ledger/duplicate_key.h"

#include <sodium.h>

#include <string_view>

#include "base/bytes.h"

namespace ledger {

std::uint64_t DuplicateKey::fingerprint() const {
    constexpr std::string_view purpose = "adit duplicate key";
    static_assert(crypto_generichash_KEYBYTES == sizeof(bytes));
    std::byte digest[crypto_generichash_BYTES];
    crypto_generichash(reinterpret_cast<unsigned char*>(digest), sizeof digest,
                       reinterpret_cast<const unsigned char*>(purpose.data()), purpose.size(),
                       reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    return base::load_le<std::uint64_t>(digest);
}

std::uint64_t short_hash(const DuplicateKey& key, const bitcoin::BlockHash& hash) {
    static_assert(crypto_shorthash_KEYBYTES <= sizeof(key.bytes));
    std::byte digest[crypto_shorthash_BYTES];
    crypto_shorthash(reinterpret_cast<unsigned char*>(digest), hash.value.bytes.data(),
                     hash.value.bytes.size(),
                     reinterpret_cast<const unsigned char*>(key.bytes.data()));
    return base::load_le<std::uint64_t>(digest);
}

}  // namespace ledger
