#pragma once

#include <grpcpp/impl/codegen/service_type.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "service/config.h"
#include "service/grpc_server.h"
#include "service/health.h"
#include "service/http_server.h"
#include "service/loop.h"
#include "service/metrics.h"
#include "service/problems.h"
#include "service/shutdown.h"
#include "service/watchdog.h"

namespace service {

/// Where a process answers operators' machines, and how long it may stand still.
struct ChassisConfig {
    Endpoint grpc{};
    Endpoint http{};
    Watchdog::Limits limits{};
    /// What tells this process from others of its kind; empty: host and port of listen.grpc.
    std::string name{};
    /// Whether who may ask may also hold the loop, to see what comes of it.
    bool allows_test_commands = false;
    /// How long a stop may take, from the signal to the exit.
    std::chrono::milliseconds stop_max{13'000};
};

/// Reads `listen.grpc`, `listen.http`, `service.name` and `[watchdog]`. The fallbacks are on
/// loopback: neither port has authentication.
ChassisConfig read_chassis_config(TableReader root, std::uint16_t default_grpc_port,
                                  std::uint16_t default_http_port);

/// What every process stands on: the loop, its metrics, health, watchdog, HTTP and gRPC servers,
/// and the end of all of them. Made first in main, so that the parts can take what they need from
/// it:
///
///     service::Chassis chassis{"vardiff", config.chassis, clock};
///     vardiff::Vardiff vardiff{config, clock, chassis.loop(), chassis.metrics()};
///     vardiff::RpcService rpc{vardiff, chassis.loop()};
///     chassis.run({&rpc});
class Chassis {
  public:
    /// How long gRPC calls may take to end when all else is done.
    static constexpr std::chrono::milliseconds drain_max{3000};
    /// And the process, from when all else is done or out of time.
    static constexpr std::chrono::milliseconds closing_max{5000};
    /// What is left to do all else, once somebody is out of patience.
    static constexpr std::chrono::milliseconds hurry_max{5000};

    /// Errors: throws std::runtime_error when the HTTP port cannot be had.
    Chassis(std::string_view service, const ChassisConfig& config, const base::Clock& clock);
    ~Chassis();
    Chassis(const Chassis&) = delete;
    Chassis& operator=(const Chassis&) = delete;

    Loop& loop() { return loop_; }
    Registry& metrics() { return metrics_; }
    Health& health() { return health_; }
    Watchdog& watchdog() { return watchdog_; }
    const Watchdog& watchdog() const { return watchdog_; }
    Problems& problems() { return problems_; }
    HttpServer& http() { return http_; }

    /// Who this is. Any thread.
    struct Identity {
        std::string service{};
        std::string instance{};
        std::string version{};
        base::UnixMicros started_at{};
    };
    const Identity& identity() const { return identity_; }
    bool allows_test_commands() const { return config_.allows_test_commands; }

    /// Serves until SIGTERM, SIGINT or stop(). When asked to stop the process is not ready any
    /// more; `drain` is called and calls drained() when nothing is left to be sent, without
    /// `drain` at once. Then gRPC calls end while the loop still turns, then the loop; after
    /// stop_max the process, whatever is left. A second signal calls `hurry`, and leaves hurry_max;
    /// a third, or a second one without `hurry`, is exit_at_once().
    /// Errors: throws std::runtime_error when the gRPC port cannot be had, and what a handler
    /// threw.
    void run(const std::vector<grpc::Service*>& services, std::function<void()> drain = {},
             std::function<void()> hurry = {});

    /// Asks for the same end as a signal. From the loop.
    void stop(std::string_view why);
    /// What drain() promised. From the loop; more than once is once.
    void drained();

    /// The gRPC port while run() runs.
    std::uint16_t grpc_port() const { return grpc_ ? grpc_->port() : std::uint16_t{0}; }

  private:
    enum class Phase { running, draining, closing };
    void look_for_problems();
    void hurry(std::string_view signal);
    void end_after(std::chrono::milliseconds left);
    void end_by_force();

    ChassisConfig config_;
    const base::Clock& clock_;
    Identity identity_;
    Loop loop_{};
    Registry metrics_;
    Health health_{};
    Problems problems_;
    Watchdog watchdog_;
    HttpServer http_;
    std::optional<GrpcServer> grpc_{};
    std::function<void()> drain_{};
    std::function<void()> hurry_{};
    Phase phase_ = Phase::running;
    boost::asio::steady_timer deadline_{loop_.context()};
    boost::asio::steady_timer problems_timer_{loop_.context()};
    std::thread closer_{};  // waits for gRPC's calls to end, which need the loop to turn
    Shutdown shutdown_;
};

}  // namespace service
