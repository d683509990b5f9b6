#pragma once

#include "base/log.h"
#include "service/config.h"

namespace service {

/// `[log]`: `level` ("debug", "info", "warning", "error") and `format` ("key_value", "json").
struct LogConfig {
    base::LogLevel level = base::LogLevel::info;  // quiet: no peer can provoke a line
    base::LogFormat format = base::LogFormat::key_value;
};

/// Reads `[log]` of a service's configuration.
LogConfig read_log_config(TableReader root);

}  // namespace service
