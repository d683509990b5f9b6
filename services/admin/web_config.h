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

ConsoleConfig read_console_config(service::TableReader root);

}  // namespace admin
