#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace base {
namespace {

// What main chose. Written once before any other thread exists, only read afterwards.
struct Settings {
    std::string service = "adit";
    LogFormat format = LogFormat::key_value;
};

Settings& settings() {
    static Settings chosen;
    return chosen;
}

std::string_view level_name(LogLevel level) {
    switch (level) {
        case LogLevel::debug: return "debug";
        case LogLevel::info: return "info";
        case LogLevel::warning: return "warning";
        case LogLevel::error: return "error";
    }
    return "unknown";
}

spdlog::level::level_enum spdlog_level(LogLevel level) {
    switch (level) {
        case LogLevel::debug: return spdlog::level::debug;
        case LogLevel::info: return spdlog::level::info;
        case LogLevel::warning: return spdlog::level::warn;
        case LogLevel::error: return spdlog::level::err;
    }
    return spdlog::level::off;
}

// Quotes where a reader of key=value lines would stumble; also what JSON wants between quotes.
std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out.push_back('\\');
            out.push_back(c);
        } else if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7f) {
            out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
        } else {
            out.push_back(c);
        }
    }
    return out;
}

bool is_plain(std::string_view text) {
    return !text.empty() && text.find_first_of(" \"=\\\t\r\n") == std::string_view::npos &&
           escaped(text) == text;
}

void write(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
    auto* logger = spdlog::default_logger_raw();
    if (!logger->should_log(spdlog_level(level))) return;
    const auto& chosen = settings();
    logger->log(spdlog_level(level),
                format_log_line(chosen.format, chosen.service, level, message, fields));
}

}  // namespace

void configure_log(std::string_view service, LogLevel level, LogFormat format) {
    settings() = {.service = std::string{service}, .format = format};
    auto logger =
        std::make_shared<spdlog::logger>("", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    logger->set_level(spdlog_level(level));
    logger->flush_on(spdlog::level::debug);
    logger->set_pattern(format == LogFormat::json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ",%v})"
                                                  : "time=%Y-%m-%dT%H:%M:%S.%eZ %v",
                        spdlog::pattern_time_type::utc);
    spdlog::set_default_logger(std::move(logger));
}

std::string format_log_line(LogFormat format, std::string_view service, LogLevel level,
                            std::string_view message, std::initializer_list<LogField> fields) {
    std::string line;
    if (format == LogFormat::json) {
        line = fmt::format(R"("level":"{}","service":"{}","message":"{}")", level_name(level),
                           escaped(service), escaped(message));
        for (const auto& field : fields)
            line += fmt::format(R"(,"{}":"{}")", escaped(field.key), escaped(field.value));
        return line;
    }
    line = fmt::format("level={} service={} message=\"{}\"", level_name(level), service,
                       escaped(message));
    for (const auto& field : fields)
        line += is_plain(field.value) ? fmt::format(" {}={}", field.key, field.value)
                                      : fmt::format(" {}=\"{}\"", field.key, escaped(field.value));
    return line;
}

void log_debug(std::string_view message, std::initializer_list<LogField> fields) {
    write(LogLevel::debug, message, fields);
}
void log_info(std::string_view message, std::initializer_list<LogField> fields) {
    write(LogLevel::info, message, fields);
}
void log_warning(std::string_view message, std::initializer_list<LogField> fields) {
    write(LogLevel::warning, message, fields);
}
void log_error(std::string_view message, std::initializer_list<LogField> fields) {
    write(LogLevel::error, message, fields);
}

}  // namespace base
