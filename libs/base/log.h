#pragma once

#include <fmt/format.h>

#include <initializer_list>
#include <string>
#include <string_view>

namespace base {

enum class LogLevel { debug, info, warning, error };
enum class LogFormat { key_value, json };

/// One `key=value` of a log line. Ids, not payloads; keys and secrets never.
struct LogField {
    std::string_view key;
    std::string value;

    template <class T>
    LogField(std::string_view name, const T& of) : key(name), value(fmt::format("{}", of)) {}
};

/// Chooses what is written and how; called once by main, before the first line. `service` names
/// the process in every line.
void configure_log(std::string_view service, LogLevel level, LogFormat format);

/// `info` is rare and no peer can provoke it; lines per share are `debug`.
void log_debug(std::string_view message, std::initializer_list<LogField> fields = {});
void log_info(std::string_view message, std::initializer_list<LogField> fields = {});
void log_warning(std::string_view message, std::initializer_list<LogField> fields = {});
void log_error(std::string_view message, std::initializer_list<LogField> fields = {});

/// The line as it would be written, without time: for tests.
std::string format_log_line(LogFormat format, std::string_view service, LogLevel level,
                            std::string_view message, std::initializer_list<LogField> fields);

}  // namespace base
