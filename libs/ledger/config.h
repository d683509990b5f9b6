#pragma once

#include <cstdint>

#include "ledger/durability.h"
#include "redis/client_config.h"
#include "service/config.h"

namespace ledger {

/// How a process reaches the ledger, and what it expects of it: the same in every service.
struct Config {
    redis::ClientConfig redis{};
    Durability durability{};
    /// Of the whole pool; a pool that was made with another number refuses to start with this one.
    std::uint32_t partitions = 0;
};

/// Reads `[redis]`: `address` ("host:port" or "unix:/path"), or `sentinels` and `master`, or
/// `cluster`; `username`, `password_file`, `db`, `command_timeout`, `replicas`, `wait_timeout`; and
/// `pool.partitions`. Throws service::ConfigError for a password file that cannot be read; all
/// else is written down in the reader.
Config read_config(service::TableReader root);

}  // namespace ledger
