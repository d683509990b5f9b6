#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "service/config.h"
#include "service/endpoint.h"
#include "service/log_config.h"

namespace service {

/// A configuration that has been read: how to log, where to answer, and how to run with it.
struct Prepared {
    LogConfig log{};
    Endpoint http{};
    std::function<void()> run{};
    /// What --check-config shows besides "ok"; whole lines.
    std::string summary{};
};

/// run_service() without the type of the configuration.
int run_prepared(std::string_view name, int argc, const char* const* argv,
                 const std::function<Prepared(const std::filesystem::path&)>& prepare);

/// All of main but its list of parts: flags, configuration, log, and the exit status, which is 0
/// when asked to stop (or to print) and 1 otherwise, with the reason in the last log line.
///
///     int main(int argc, char** argv) {
///         return service::run_service("vardiff", argc, argv, vardiff::load_config,
///                                     [](const vardiff::Config& config) { ... });
///     }
///
/// `load` makes a Config, with the members `LogConfig log` and `ChassisConfig chassis`, of the file
/// that --config names and throws ConfigError; `run` returns when asked to stop and throws when it
/// cannot start or go on. SIGQUIT is blocked for the watchdog, and SIGPIPE ignored, in every thread
/// to come; the process takes all file descriptors that it may have. `describe` makes of a Config
/// what --check-config shows an operator of it.
template <class Load, class Run, class Describe>
int run_service(std::string_view name, int argc, const char* const* argv, Load load, Run run,
                Describe describe) {
    return run_prepared(name, argc, argv, [&](const std::filesystem::path& file) {
        auto config = std::make_shared<decltype(load(file))>(load(file));
        return Prepared{.log = config->log,
                        .http = config->chassis.http,
                        .run = [config, run = std::move(run)] { run(std::as_const(*config)); },
                        .summary = describe(std::as_const(*config))};
    });
}
template <class Load, class Run>
int run_service(std::string_view name, int argc, const char* const* argv, Load load, Run run) {
    return run_service(name, argc, argv, std::move(load), std::move(run),
                       [](const auto&) { return std::string{}; });
}

}  // namespace service
