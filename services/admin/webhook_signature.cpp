#include "admin/webhook_signature.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "base/bytes.h"
#include "base/ensure.h"
#include "base/hex.h"

namespace admin {

std::string webhook_signature(std::string_view secret, std::int64_t unix_seconds,
                              std::string_view body) {
    const auto text = fmt::format("{}.{}", unix_seconds, body);
    std::array<std::uint8_t, EVP_MAX_MD_SIZE> mac{};
    unsigned size = 0;
    const auto bytes = base::as_bytes(text);
    const auto* const made =
        HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
             reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), mac.data(), &size);
    base::ensure(made != nullptr, "HMAC-SHA256 of bytes in memory cannot fail");
    return fmt::format("t={},v1={}", unix_seconds,
                       base::to_hex(base::as_bytes(std::span{mac.data(), size})));
}

}  // namespace admin
