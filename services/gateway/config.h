#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "edge/certificate_files.h"
#include "edge/drain.h"
#include "gateway/custom_job_check.h"
#include "gateway/front.h"
#include "ledger/config.h"
#include "service/chassis.h"
#include "service/config.h"
#include "service/endpoint.h"
#include "service/log_config.h"

namespace gateway {

/// A gateway's configuration file, read and checked as a whole; each key is documented in
/// deploy/config/gateway.toml.
struct Config {
    service::LogConfig log{};
    service::ChassisConfig chassis{};
    service::Endpoint listen{};
    edge::CertificateFiles certificate{};
    service::Endpoint bus_listen{};
    ledger::Config ledger{};
    std::vector<service::Endpoint> template_replicas{};
    std::vector<service::Endpoint> vardiff_replicas{};
    FrontLimits limits{};
    MiningPolicy policy{};
    /// Which jobs of miners' own making are paid for; null for none.
    std::shared_ptr<const CustomJobCheck> custom_jobs{};
    edge::DrainSettings drain{};
    /// Without a template for so long there is no work here; zero for never. A node that restarts
    /// is back in a few minutes, and until then its last template may still be the best there is.
    std::chrono::milliseconds template_age_max{std::chrono::minutes{5}};
};

/// Errors: throws service::ConfigError.
Config load_config(const std::filesystem::path& file);
Config read_config(service::ConfigReader& reader);

}  // namespace gateway
