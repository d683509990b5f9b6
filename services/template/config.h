#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "bitcoin/network.h"
#include "ledger/config.h"
#include "service/chassis.h"
#include "service/log_config.h"
#include "template/bitcoind_source.h"
#include "template/devchain_source.h"
#include "template/spool.h"

namespace templates {

enum class SourceKind { devchain, bitcoind };

struct Config {
    service::LogConfig log{};
    service::ChassisConfig chassis{};
    SourceKind source = SourceKind::devchain;
    bitcoin::Network network = bitcoin::Network::regtest;
    ledger::Config ledger{};
    Spool::Settings spool{};
    DevchainSource::Settings devchain{};
    BitcoindSource::Settings bitcoind{};
};

/// Reads and checks the file as a whole. Errors: throws service::ConfigError.
Config load_config(const std::filesystem::path& file);

}  // namespace templates
