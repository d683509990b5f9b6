#include "service/process.h"

#include <fmt/format.h>
#include <pthread.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "service/command_line.h"
#include "service/health_probe.h"

namespace service {
namespace {

void settle_signals() {
    sigset_t quit;
    sigemptyset(&quit);
    sigaddset(&quit, SIGQUIT);
    pthread_sigmask(SIG_BLOCK, &quit, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
}

/// A thousand, which is what many systems give at first, is not enough for a thousand miners. What
/// a process may have at most is the operator's to decide.
void take_all_descriptors() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

constexpr std::chrono::seconds health_wait_max{3};

int say_health(const Endpoint& http) {
    const auto answer = ask_health(http, health_wait_max);
    fmt::print("{}\n", answer.text);
    return answer.is_ready ? EXIT_SUCCESS : EXIT_FAILURE;
}

int stopped(std::string_view name, std::string_view reason, int status) {
    const auto message = fmt::format("{} stopped", name);
    if (status == EXIT_SUCCESS)
        base::log_info(message, {{"reason", reason}});
    else
        base::log_error(message, {{"reason", reason}});
    return status;
}

}  // namespace

int run_prepared(std::string_view name, int argc, const char* const* argv,
                 const std::function<Prepared(const std::filesystem::path&)>& prepare) {
    settle_signals();
    const auto line = parse_command_line(name, argc, argv);
    if (line.action == CommandLine::Action::print_and_exit) {
        std::fputs(line.text.c_str(), line.exit_status == 0 ? stdout : stderr);
        return line.exit_status;
    }
    base::configure_log(name, base::LogLevel::info, base::LogFormat::key_value);
    take_all_descriptors();
    try {
        const auto prepared = prepare(line.config);
        if (line.action == CommandLine::Action::check_config) {
            fmt::print("{}: ok\n{}", line.config.string(), prepared.summary);
            return EXIT_SUCCESS;
        }
        if (line.action == CommandLine::Action::check_health) return say_health(prepared.http);
        base::configure_log(name, prepared.log.level, prepared.log.format);
        prepared.run();
    } catch (const ConfigError& error) {
        for (const auto& problem : error.problems()) fmt::print(stderr, "{}\n", problem);
        const auto count = error.problems().size();
        return stopped(name,
                       count == 1
                           ? error.problems().front()
                           : fmt::format("{} problems in the configuration, see above", count),
                       EXIT_FAILURE);
    } catch (const std::exception& error) {
        return stopped(name, error.what(), EXIT_FAILURE);
    }
    return stopped(name, "asked to stop", EXIT_SUCCESS);
}

}  // namespace service
