#include "admin/access.h"

#include <fmt/format.h>

#include <algorithm>

namespace admin {
namespace {

std::vector<std::string> names_of(const grpc::AuthContext& context) {
    std::vector<std::string> names;
    for (const char* property : {"x509_common_name", "x509_subject_alternative_name"})
        for (const auto& value : context.FindPropertyValues(property))
            names.emplace_back(value.data(), value.size());
    return names;
}

}  // namespace

std::optional<Role> role_of(const std::vector<RoleRule>& rules,
                            const std::vector<std::string>& certificate_names) {
    std::optional<Role> named;
    std::optional<Role> of_all;
    for (const auto& rule : rules) {
        auto& role = rule.certificate == "*" ? of_all : named;
        const bool is_meant =
            rule.certificate == "*" || std::find(certificate_names.begin(), certificate_names.end(),
                                                 rule.certificate) != certificate_names.end();
        if (is_meant) role = std::max(role.value_or(Role::viewer), rule.role);
    }
    return named ? named : of_all;
}

std::string peer_address(std::string_view peer) {
    if (peer.starts_with("ipv4:")) return std::string{peer.substr(5)};
    const auto end = peer.rfind("%5D");
    if (peer.starts_with("ipv6:%5B") && end != std::string_view::npos)
        return fmt::format("[{}]{}", peer.substr(8, end - 8), peer.substr(end + 3));
    return std::string{peer};
}

ApiResult<Caller> Access::admit(const grpc::AuthContext& context, std::string_view peer,
                                Role needed) const {
    Caller caller{.actor = "loopback", .peer_address = peer_address(peer), .role = Role::operating};
    if (with_tls_) {
        const auto names = names_of(context);
        const auto role = role_of(rules_, names);
        caller.actor = names.empty() ? "a certificate without a name" : names.front();
        if (!role)
            return base::unexpected(ApiError{
                Reason::no_role,
                fmt::format("the certificate of \"{}\" has no role here; [[api.roles]] of the "
                            "admin service gives roles to certificates",
                            caller.actor),
                {{"certificate", caller.actor}}});
        caller.role = *role;
    }
    if (caller.role < needed)
        return base::unexpected(
            ApiError{Reason::role_too_low,
                     fmt::format("\"{}\" is a viewer; this needs an operator", caller.actor),
                     {{"certificate", caller.actor}, {"needed", "operator"}}});
    return caller;
}

}  // namespace admin
