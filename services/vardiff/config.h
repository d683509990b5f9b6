#pragma once

#include <chrono>
#include <filesystem>
#include <optional>

#include "bitcoin/target.h"
#include "ledger/config.h"
#include "service/chassis.h"
#include "service/log_config.h"
#include "vardiff/policies.h"

namespace vardiff {

struct Config {
    service::LogConfig log{};
    service::ChassisConfig chassis{};
    ledger::Config ledger{};
    /// Proposed for every channel, whatever its hash rate.
    std::optional<bitcoin::Target> target{};
    /// By which targets follow hash rates; nothing leaves the channels as they were opened.
    std::optional<PolicySet> policies{};
    /// How often what is known of the channels is kept in Redis. What is lost is read again from
    /// the share log: a longer time makes a start take longer, a shorter one costs Redis.
    std::chrono::milliseconds keep_every = std::chrono::seconds{30};
    /// How long a gateway must be silent, with its batches, before it is taken for dead.
    std::chrono::milliseconds reap_after = std::chrono::minutes{1};
};

/// Reads and checks the file as a whole. Errors: throws service::ConfigError.
Config load_config(const std::filesystem::path& file);
/// The same from memory.
Config read_config(service::ConfigReader reader);

}  // namespace vardiff
