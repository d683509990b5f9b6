#include "service/chassis.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <climits>
#include <utility>

#include "base/log.h"

namespace service {
namespace {

// A problem is told within two seconds, by whoever asks once a second.
constexpr std::chrono::milliseconds problems_every{500};

// It becomes part of resource names and of metrics' labels.
constexpr std::size_t name_size_max = 63;

bool is_name(std::string_view text) {
    return !text.empty() && text.size() <= name_size_max &&
           std::ranges::all_of(text, [](unsigned char c) {
               return std::isalnum(c) != 0 || c == '.' || c == ':' || c == '_' || c == '-';
           });
}

/// The same after a restart, unless the kernel chooses the port.
std::string instance_of(const ChassisConfig& config) {
    if (!config.name.empty()) return config.name;
    std::array<char, HOST_NAME_MAX + 1> host{};
    ::gethostname(host.data(), host.size() - 1);
    return config.grpc.port != 0 ? fmt::format("{}:{}", host.data(), config.grpc.port)
                                 : fmt::format("{}:pid-{}", host.data(), ::getpid());
}

}  // namespace

ChassisConfig read_chassis_config(TableReader root, std::uint16_t default_grpc_port,
                                  std::uint16_t default_http_port) {
    ChassisConfig config;
    auto listen = root.table("listen");
    config.grpc = listen.endpoint_or("grpc", {.host = "127.0.0.1", .port = default_grpc_port});
    config.http = listen.endpoint_or("http", {.host = "127.0.0.1", .port = default_http_port});
    auto watchdog = root.table("watchdog");
    // Below a second a busy machine alone would have us restarted.
    config.limits.turn_max =
        watchdog.duration_or("turn_max", config.limits.turn_max, std::chrono::seconds{1});
    config.allows_test_commands = watchdog.bool_or("test_commands", false);
    auto service = root.table("service");
    config.name = service.string_or("name", "");
    if (service.has("name") && !is_name(config.name))
        service.problem("name", fmt::format("\"{}\" is no name: expected 1 to {} letters, digits, "
                                            "and any of . : _ -",
                                            config.name, name_size_max));
    return config;
}

Chassis::Chassis(std::string_view service, const ChassisConfig& config, const base::Clock& clock)
    : config_(config),
      clock_(clock),
      identity_{std::string{service}, instance_of(config), ADIT_VERSION, clock.unix_now()},
      metrics_(service, ADIT_VERSION),
      problems_(clock),
      watchdog_(clock, config.limits),
      http_(loop_, config.http, "listen.http"),
      shutdown_(
          loop_, [this](std::string_view signal) { stop(signal); },
          [this](std::string_view signal) { hurry(signal); }) {
    watchdog_.export_to(metrics_);
    problems_.export_to(metrics_);
    auto& ready = metrics_.gauge("adit_ready", "1 when the process can do its job, else 0.");
    health_.on_change([&ready](bool is_ready) { ready.set(is_ready ? 1 : 0); });
    serve_metrics_and_health(http_, metrics_, health_);
}

Chassis::~Chassis() {
    watchdog_.stop();
    if (closer_.joinable()) closer_.join();
}

void Chassis::run(const std::vector<grpc::Service*>& services, std::function<void()> drain,
                  std::function<void()> hurry) {
    drain_ = std::move(drain);
    hurry_ = std::move(hurry);
    grpc_.emplace(config_.grpc, "listen.grpc", services);
    health_.on_change([this](bool ready) { grpc_->set_ready(ready); });
    watchdog_.start(loop_, [this](bool live) { grpc_->set_live(live); });
    base::log_info("listening", {{"grpc", to_string({config_.grpc.host, grpc_->port()})},
                                 {"http", to_string({config_.http.host, http_.port()})}});
    look_for_problems();
    loop_.run();
}

void Chassis::look_for_problems() {
    problems_.look();
    problems_timer_.expires_after(problems_every);
    problems_timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error) look_for_problems();
    });
}

void Chassis::stop(std::string_view why) {
    if (phase_ != Phase::running) return;
    phase_ = Phase::draining;
    base::log_info("stopping", {{"why", why}});
    health_.set_not_ready("process", "stopping");
    end_after(config_.stop_max - closing_max);
    if (drain_)
        drain_();
    else
        drained();
}

/// A first signal may also find us stopping for a reason of our own.
void Chassis::hurry(std::string_view signal) {
    if (phase_ != Phase::draining || !hurry_) exit_at_once(signal);
    base::log_warning("hurrying", {{"reason", "asked to stop again"}, {"signal", signal}});
    if (deadline_.expiry() > clock_.steady_now() + hurry_max) end_after(hurry_max);
    std::exchange(hurry_, {})();
}

void Chassis::end_after(std::chrono::milliseconds left) {
    deadline_.expires_after(left);
    deadline_.async_wait([this](const boost::system::error_code& error) {
        if (!error) end_by_force();
    });
}

void Chassis::drained() {
    if (phase_ != Phase::draining) return;
    phase_ = Phase::closing;
    end_after(closing_max);
    closer_ = std::thread{[this] {
        grpc_->stop(drain_max);
        loop_.stop();
    }};
}

void Chassis::end_by_force() {
    if (phase_ == Phase::draining) {
        base::log_warning("not drained in time", {{"stop_max_ms", config_.stop_max.count()}});
        return drained();
    }
    // A call that nobody ends would hold gRPC's shutdown, and so the process, for ever.
    base::log_warning("exit with calls open", {{"reason", "they did not end when cancelled"}});
    std::_Exit(EXIT_SUCCESS);
}

}  // namespace service
