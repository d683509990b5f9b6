#pragma once

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "service/endpoint.h"

namespace service {

/// What a server for others than our own services needs.
struct GrpcServerOptions {
    /// None: in the clear.
    std::shared_ptr<grpc::ServerCredentials> credentials{};
    /// How often a connection on which nothing comes is asked whether there is still somebody; 0:
    /// never.
    std::chrono::milliseconds ping_interval{0};
};

/// The process's gRPC server: its services (callback API), the standard health service
/// (grpc.health.v1) and reflection. gRPC's threads own nothing: a service posts to the loop and
/// answers from there.
///
/// Health answers for "" and "readiness" (can do its job) and for "liveness" (the loop turns).
class GrpcServer {
  public:
    /// Listens at once. `key` names the configuration key in errors; the services outlive this.
    /// Errors: throws std::runtime_error, see listen_failure().
    GrpcServer(const Endpoint& listen, std::string_view key,
               const std::vector<grpc::Service*>& services, const GrpcServerOptions& options = {});
    /// Stops without grace, if nobody called stop().
    ~GrpcServer();
    GrpcServer(const GrpcServer&) = delete;
    GrpcServer& operator=(const GrpcServer&) = delete;

    /// The port that the kernel gave where the configuration says 0.
    std::uint16_t port() const { return port_; }

    /// What health answers. From any thread.
    void set_ready(bool ready);
    void set_live(bool live);

    /// Refuses new calls, lets those that run end, and cancels them after `grace`. Waits for all
    /// of it, so never on the loop that the calls need to end.
    void stop(std::chrono::milliseconds grace);

  private:
    std::unique_ptr<grpc::Server> server_;
    std::uint16_t port_ = 0;
};

}  // namespace service
