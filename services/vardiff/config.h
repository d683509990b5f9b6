#pragma once

#include <chrono>
#include <filesystem>
#include <optional>

#include "bitcoin/target.h"
#include "ledger/config.h"
#include "service/chassis.h"
#include "service/log_config.h"

namespace vardiff {

struct Config {
    service::LogConfig log{};
    service::ChassisConfig chassis{};
    ledger::Config ledger{};
    /// Proposed for every channel; nothing leaves the channels as they were opened.
    std::optional<bitcoin::Target> target{};
    /// How long a gateway must be silent, with its batches, before it is taken for dead.
    std::chrono::milliseconds reap_after = std::chrono::minutes{1};
};

/// Reads and checks the file as a whole. Errors: throws service::ConfigError.
Config load_config(const std::filesystem::path& file);
/// The same from memory.
Config read_config(service::ConfigReader reader);

}  // namespace vardiff
