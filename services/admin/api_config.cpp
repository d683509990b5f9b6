#include "admin/api_config.h"

#include <fmt/format.h>

#include <set>

#include "base/ip_network.h"

namespace admin {
namespace {

constexpr std::uint16_t default_api_port = 24280;

bool is_loopback(const service::Endpoint& listen) {
    if (listen.host == "localhost") return true;
    const auto address = base::parse_ip_address(listen.host);
    static const auto v4 = *base::parse_ip_network("127.0.0.0/8");
    static const auto v6 = *base::parse_ip_network("::1");
    return address && (v4.contains(*address) || v6.contains(*address));
}

std::optional<ApiTls> read_tls(service::TableReader tls) {
    ApiTls read;
    std::size_t found = 0;
    const auto read_path = [&](const char* key, std::filesystem::path& path) {
        if (auto value = tls.optional_path(key)) {
            path = std::move(*value);
            ++found;
        }
    };
    read_path("certificate_file", read.certificate_file);
    read_path("key_file", read.key_file);
    read_path("client_ca_file", read.client_ca_file);
    if (found == 0) return std::nullopt;
    if (found != 3)
        tls.problem("certificate_file",
                    "certificate_file, key_file and client_ca_file go together: the last one holds "
                    "the authority that signs the certificates of operators");
    return read;
}

std::vector<RoleRule> read_roles(service::TableReader& api) {
    std::vector<RoleRule> rules;
    std::set<std::string> seen;
    for (auto& table : api.tables("roles")) {
        rules.push_back(
            {.certificate = table.required_string("certificate"),
             .role = table.one_of<Role>(
                 "role", "viewer", {{"viewer", Role::viewer}, {"operator", Role::operating}})});
        if (!seen.insert(rules.back().certificate).second)
            table.problem("certificate",
                          fmt::format("\"{}\" has a role already", rules.back().certificate));
    }
    return rules;
}

}  // namespace

ApiConfig read_api_config(service::TableReader api) {
    ApiConfig config;
    config.listen = api.endpoint_or("listen", {.host = "127.0.0.1", .port = default_api_port});
    config.tls = read_tls(api.table("tls"));
    config.roles = read_roles(api);
    const bool may_be_open = api.bool_or("insecure_loopback", false);
    if (config.tls && may_be_open)
        api.problem("insecure_loopback", "is for an API without TLS; take it or api.tls out");
    else if (config.tls && config.roles.empty())
        api.problem("roles",
                    "without a role for any certificate nobody may call; add [[api.roles]] with "
                    "certificate = \"NAME\" and role = \"operator\"");
    else if (!config.tls && !is_loopback(config.listen))
        api.problem("tls",
                    fmt::format("is required to listen on {}, which others can reach; name "
                                "api.tls.certificate_file, key_file and client_ca_file, or listen "
                                "on 127.0.0.1",
                                service::to_string(config.listen)));
    else if (!config.tls && !may_be_open)
        api.problem("insecure_loopback",
                    "is false and there is no api.tls: every user of this host could do what an "
                    "operator can. Name api.tls.certificate_file, key_file and client_ca_file, or "
                    "say insecure_loopback = true");
    else if (!config.tls && !config.roles.empty())
        api.problem("roles", "are given to certificates, which need api.tls");
    return config;
}

}  // namespace admin
