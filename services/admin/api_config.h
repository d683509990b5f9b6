#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "admin/access.h"
#include "service/config.h"
#include "service/endpoint.h"

namespace admin {

/// Our certificate, and whose certificates callers have; all PEM.
struct ApiTls {
    std::filesystem::path certificate_file{};
    std::filesystem::path key_file{};
    /// The authority that signs callers' certificates.
    std::filesystem::path client_ca_file{};
};

/// Where operators call, and who may.
struct ApiConfig {
    service::Endpoint listen{};
    /// None: in the clear, for this host's users alone.
    std::optional<ApiTls> tls{};
    std::vector<RoleRule> roles{};
};

/// Reads `[api]` and `[[api.roles]]`. What would leave the door open is a problem of the
/// configuration, with its cure.
ApiConfig read_api_config(service::TableReader api);

}  // namespace admin
