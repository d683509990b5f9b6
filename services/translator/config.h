#pragma once

#include <filesystem>
#include <optional>

#include "edge/drain.h"
#include "service/chassis.h"
#include "service/config.h"
#include "service/endpoint.h"
#include "service/log_config.h"
#include "translator/aggregate_settings.h"
#include "translator/front_limits.h"
#include "translator/miner_settings.h"
#include "translator/pools_settings.h"
#include "translator/tls_identity.h"

namespace translator {

/// Whether a miner has a channel of the pool's for itself.
enum class Mode { per_miner, aggregated };

/// A translator's configuration file, read and checked as a whole; each key is documented in
/// deploy/config/translator.toml.
struct Config {
    service::LogConfig log{};
    service::ChassisConfig chassis{};
    Mode mode{Mode::per_miner};
    /// Either or both.
    std::optional<service::Endpoint> listen{};
    std::optional<service::Endpoint> tls_listen{};
    TlsFiles tls{};
    PoolsSettings pools{};
    MinerSettings miners{};
    AggregateSettings aggregate{};
    FrontLimits limits{};
    edge::DrainSettings drain{};
};

/// Errors: throws service::ConfigError.
Config load_config(const std::filesystem::path& file);
Config read_config(service::ConfigReader& reader);

/// Lines for --check-config: what miners and pools this configuration brings together.
std::string describe(const Config& config);

}  // namespace translator
