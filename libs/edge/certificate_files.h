#pragma once

#include <chrono>
#include <filesystem>

#include "service/config.h"

namespace edge {

/// Where a service that peers connect to has its key and the authority's certificate for it.
struct CertificateFiles {
    std::filesystem::path key_file{};
    std::filesystem::path certificate_file{};
    // Ten seconds after its renewal a certificate is in use; two small files cost nothing to read.
    std::chrono::milliseconds check_interval{std::chrono::seconds{10}};
};

/// Reads a `[noise]` table: key_file and certificate_file are required.
CertificateFiles read_certificate_files(service::TableReader& table);

}  // namespace edge
