#include "admin/web_config.h"

#include "base/ip_network.h"

namespace admin {
namespace {

const service::Endpoint default_console{"127.0.0.1", 24283};
const service::Endpoint default_miner_page{"0.0.0.0", 24284};

bool is_loopback(const std::string& host) {
    if (host == "localhost") return true;
    const auto address = base::parse_ip_address(host);
    if (!address) return false;
    const auto v4_loopback = base::parse_ip_network("127.0.0.0/8");
    return v4_loopback->contains(*address) || address == base::parse_ip_address("::1");
}

// It listens on an address, not on a name: looking one up would wait.
service::Endpoint read_listen(service::TableReader& table, const service::Endpoint& fallback) {
    auto listen = table.endpoint_or("listen", fallback);
    if (listen.host == "localhost") listen.host = "127.0.0.1";
    if (!base::parse_ip_address(listen.host))
        table.problem("listen", "\"" + listen.host + "\" is no address, e.g. 127.0.0.1 or [::]");
    return listen;
}

std::optional<WebTls> read_tls(service::TableReader& table) {
    if (!table.has("tls")) return std::nullopt;
    auto tls = table.table("tls");
    return WebTls{.certificate_file = tls.path("certificate_file"),
                  .key_file = tls.path("key_file"),
                  .client_ca_file = tls.optional_path("client_ca_file")};
}

}  // namespace

ConsoleConfig read_console_config(service::TableReader root) {
    auto table = root.table("console");
    ConsoleConfig config;
    config.is_enabled = table.bool_or("enabled", true);
    config.listen = read_listen(table, default_console);
    config.hosts = table.strings("hosts");
    for (const auto* own : {"localhost", "127.0.0.1", "::1"}) config.hosts.emplace_back(own);
    if (config.listen.host != "0.0.0.0" && config.listen.host != "::")
        config.hosts.push_back(config.listen.host);
    config.tls = read_tls(table);
    const bool is_open = table.bool_or("allow_without_certificate", false);
    const bool asks = config.tls && config.tls->client_ca_file;
    if (config.is_enabled && !is_loopback(config.listen.host) && !asks && !is_open)
        table.problem("listen",
                      "other machines could see everything: it needs console.tls.client_ca_file, "
                      "an address on loopback, or allow_without_certificate = true where "
                      "something else keeps strangers out");
    return config;
}

MinerPageConfig read_miner_page_config(service::TableReader root) {
    auto table = root.table("miner_page");
    MinerPageConfig config;
    config.is_enabled = table.bool_or("enabled", false);
    config.listen = read_listen(table, default_miner_page);
    config.tls = read_tls(table);
    if (config.tls && config.tls->client_ca_file)
        table.problem("tls", "miners have no certificates: leave client_ca_file out");
    config.per_address =
        table.integer_in_range<std::size_t>("requests_per_second_of_an_address", 2, 1, 1000);
    config.in_total = table.integer_in_range<std::size_t>("requests_per_second", 200, 1, 100'000);
    return config;
}

}  // namespace admin
