#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "admin/api_config.h"
#include "admin/share_outlets.h"
#include "admin/web_config.h"
#include "admin/webhook_config.h"
#include "ledger/config.h"
#include "service/chassis.h"
#include "service/log_config.h"

namespace admin {

/// The processes that are asked, by kind. A name may stand for several addresses: each is an
/// instance of its own, and addresses come and go.
struct FleetConfig {
    std::vector<service::Endpoint> gateways{};
    std::vector<service::Endpoint> channel_managers{};
    std::vector<service::Endpoint> templates{};
    std::vector<service::Endpoint> vardiffs{};
    std::vector<service::Endpoint> translators{};
};

struct Config {
    service::LogConfig log{};
    /// `listen.grpc` is the process's own port (health, control), as everywhere; the API has
    /// another.
    service::ChassisConfig chassis{};
    ledger::Config ledger{};
    ShareOutletsConfig share_outlets{};
    FleetConfig fleet{};
    ApiConfig api{};
    ConsoleConfig console{};
    std::vector<WebhookConfig> webhooks{};
    MinerPageConfig miner_page{};
};

/// Reads and checks the file as a whole. Errors: throws service::ConfigError.
Config load_config(const std::filesystem::path& file);
/// The same from memory.
Config read_config(service::ConfigReader reader);

}  // namespace admin
