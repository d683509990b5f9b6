#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "channel-manager/open_policy.h"
#include "ledger/config.h"
#include "ledger/log_rules.h"
#include "ledger/scripts.h"
#include "service/chassis.h"
#include "service/config.h"
#include "service/log_config.h"

namespace channel_manager {

struct Config {
    service::LogConfig log{};
    service::ChassisConfig chassis{};
    ledger::Config ledger{};
    /// host:port of each gateway's bus, and of each template replica.
    std::vector<service::Endpoint> gateways{};
    std::vector<service::Endpoint> templates{};
    /// Batches taken at once from each gateway: one for each of its partitions, and as many again
    /// so that none waits for a credit to come home.
    std::uint32_t credits = 32;
    OpenPolicy policy{};
    ledger::LogRules share_log{};
    /// No key of the file: only a test's program has another.
    std::string commit_script{ledger::scripts::commit};
    /// What policy.allowed was read from; none where anybody may open channels.
    std::optional<std::filesystem::path> allow_file{};
};

/// Errors: throws service::ConfigError with everything that is wrong.
Config load_config(const std::filesystem::path& file);
Config read_config(service::ConfigReader& reader);

/// What --check-config shows: whom blocks pay, and who may mine.
std::string describe(const Config& config);

}  // namespace channel_manager
