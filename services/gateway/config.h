#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "gateway/front.h"
#include "ledger/config.h"
#include "service/chassis.h"
#include "service/endpoint.h"
#include "service/log_config.h"

namespace gateway {

/// A gateway's configuration file, read and checked as a whole; each key is documented in
/// deploy/config/gateway.toml.
struct Config {
    service::LogConfig log{};
    service::ChassisConfig chassis{};
    service::Endpoint listen{};
    std::filesystem::path key_file{};
    std::filesystem::path certificate_file{};
    // Ten seconds after its renewal a certificate is in use; two small files cost nothing to read.
    std::chrono::milliseconds certificate_check_interval{std::chrono::seconds{10}};
    service::Endpoint bus_listen{};
    ledger::Config ledger{};
    std::vector<service::Endpoint> template_replicas{};
    std::vector<service::Endpoint> vardiff_replicas{};
    FrontLimits limits{};
    MiningPolicy policy{};
};

/// Errors: throws service::ConfigError.
Config load_config(const std::filesystem::path& file);

}  // namespace gateway
