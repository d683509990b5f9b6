#include "service/log_config.h"

namespace service {

LogConfig read_log_config(TableReader root) {
    using base::LogFormat;
    using base::LogLevel;
    auto table = root.table("log");
    LogConfig config;
    config.level = table.one_of<LogLevel>("level", "info",
                                          {{"debug", LogLevel::debug},
                                           {"info", LogLevel::info},
                                           {"warning", LogLevel::warning},
                                           {"error", LogLevel::error}});
    config.format = table.one_of<LogFormat>(
        "format", "key_value", {{"key_value", LogFormat::key_value}, {"json", LogFormat::json}});
    return config;
}

}  // namespace service
