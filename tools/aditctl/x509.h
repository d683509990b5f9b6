#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/clock.h"

/// Certificates of the admin API: ECDSA P-256, PEM. Errors: throw std::runtime_error.
namespace aditctl {

struct Pem {
    std::string certificate{};
    std::string key{};
};

enum class Purpose { authority, server, client };

struct CertificateSpec {
    Purpose purpose{};
    std::string common_name{};
    /// Of a server: host names and addresses.
    std::vector<std::string> hosts{};
    base::UnixMicros from{};
    base::UnixMicros until{};
};

/// With a new key, signed by `authority`, or by itself where that is null.
Pem issue_certificate(const CertificateSpec& spec, const Pem* authority);

/// The end of a certificate's time, and its common name.
struct CertificateFacts {
    std::string common_name{};
    bool is_authority = false;
};
CertificateFacts read_certificate(const std::string& pem);

}  // namespace aditctl
