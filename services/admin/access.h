#pragma once

#include <grpcpp/security/auth_context.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "admin/api_error.h"

namespace admin {

/// What a caller may do; a later one may do all that an earlier one may.
enum class Role { viewer, operating };

/// Whom a certificate makes of its owner.
struct RoleRule {
    /// A common name or a subject alternative name, whole, or "*" for every certificate.
    std::string certificate{};
    Role role{};
};

/// Who calls, as the audit log names them.
struct Caller {
    /// The certificate's common name (or first alternative name), or "loopback".
    std::string actor{};
    /// host:port.
    std::string peer_address{};
    Role role{};
};

/// The role that the rules give to a certificate: the highest of those that name it; where none
/// does, that of "*".
std::optional<Role> role_of(const std::vector<RoleRule>& rules,
                            const std::vector<std::string>& certificate_names);

/// gRPC's "ipv4:127.0.0.1:80" and "ipv6:%5B::1%5D:80" as host:port.
std::string peer_address(std::string_view peer);

/// Decides who may call what. Immutable; any thread asks it.
class Access {
  public:
    /// With TLS, every caller has a certificate that the authority has signed, and needs a rule;
    /// without, every caller is from this host and may do all.
    Access(bool with_tls, std::vector<RoleRule> rules)
        : with_tls_(with_tls), rules_(std::move(rules)) {}

    /// Errors: `no_role`, `role_too_low`.
    ApiResult<Caller> admit(const grpc::AuthContext& context, std::string_view peer,
                            Role needed) const;

  private:
    bool with_tls_;
    std::vector<RoleRule> rules_;
};

}  // namespace admin
