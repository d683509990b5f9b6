#pragma once

#include <filesystem>
#include <optional>

#include "bitcoin/target.h"
#include "service/chassis.h"
#include "service/log_config.h"

namespace vardiff {

struct Config {
    service::LogConfig log{};
    service::ChassisConfig chassis{};
    /// Proposed for every channel; nothing leaves the channels as they were opened.
    std::optional<bitcoin::Target> target{};
};

/// Reads and checks the file as a whole. Errors: throws service::ConfigError.
Config load_config(const std::filesystem::path& file);
/// The same from memory.
Config read_config(service::ConfigReader reader);

}  // namespace vardiff
