#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "bitcoin/network.h"
#include "ledger/config.h"
#include "service/chassis.h"
#include "service/log_config.h"
#include "template/archive.h"
#include "template/feed.h"
#include "template/leadership.h"
#include "template/node_factory.h"
#include "template/node_watch.h"
#include "template/spool_config.h"
#include "template/template_distribution.h"

namespace templates {

struct Config {
    service::LogConfig log{};
    service::ChassisConfig chassis{};
    bitcoin::Network network = bitcoin::Network::regtest;
    std::vector<NodeConfig> nodes{};
    NodeWatch::Settings watch{};
    ledger::Config ledger{};
    SpoolConfig spool{};
    std::optional<TemplateDistributionConfig> template_distribution{};
    /// All replicas of this service; a name may stand for several, and for this one.
    std::vector<service::Endpoint> replicas{};
    Leadership::Settings leadership{};
    Feed::Settings feed{};
    Archive::Settings archive{};
};

/// Reads and checks the file as a whole. Errors: throws service::ConfigError.
Config load_config(const std::filesystem::path& file);

/// The same from a reader that has its text. Errors: throws service::ConfigError.
Config read_config(service::ConfigReader& reader);

}  // namespace templates
