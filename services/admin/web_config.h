#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "admin/web_server.h"
#include "service/config.h"
#include "service/endpoint.h"

namespace admin {

/// `[console]`: the operators' web page.
struct ConsoleConfig {
    bool is_enabled = true;
    service::Endpoint listen{};
    /// Names by which browsers may call it, loopback's and the listening address among them.
    std::vector<std::string> hosts{};
    std::optional<WebTls> tls{};
};

/// `[miner_page]`: what a miner may see of its own identity.
struct MinerPageConfig {
    bool is_enabled = false;
    service::Endpoint listen{};
    std::optional<WebTls> tls{};
    /// Requests a second, of one address and of all together; an address may send ten at once.
    std::size_t per_address = 2;
    std::size_t in_total = 200;
};

ConsoleConfig read_console_config(service::TableReader root);
MinerPageConfig read_miner_page_config(service::TableReader root);

}  // namespace admin
