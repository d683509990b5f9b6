#pragma once

#include <openssl/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace translator {

/// Where the certificate for miners that speak TLS is, and its key; both PEM.
struct TlsFiles {
    /// The certificate first, then those that lead to the authority.
    std::filesystem::path certificate_file{};
    /// Not readable by others.
    std::filesystem::path key_file{};
    // A minute after its renewal a certificate is in use; they are renewed weeks ahead.
    std::chrono::milliseconds check_interval{std::chrono::minutes{1}};
};

/// Who we are to miners that speak TLS. Immutable; connections keep what they began with.
struct TlsIdentity {
    std::shared_ptr<SSL_CTX> context{};
    std::int64_t not_valid_after{};  ///< unix time
    std::string fingerprint{};       ///< SHA-256 of the certificate, in hexadecimal
};

/// Reads both files. Errors: throws std::runtime_error naming the file, what is wrong and the cure.
TlsIdentity load_tls_identity(const TlsFiles& files);

}  // namespace translator
