#pragma once

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"

namespace rpc {

/// For tests: one service on loopback. Port 0 lets the kernel choose; a killed server's port can
/// be used again.
class TestServer {
  public:
    TestServer(grpc::Service& service, int port) {
        grpc::ServerBuilder builder;
        builder.AddListeningPort("127.0.0.1:" + std::to_string(port),
                                 grpc::InsecureServerCredentials(), &port_);
        builder.RegisterService(&service);
        server_ = builder.BuildAndStart();
        EXPECT_NE(server_, nullptr);
    }
    ~TestServer() {
        if (server_) server_->Shutdown(gpr_inf_past(GPR_CLOCK_REALTIME));
    }
    TestServer(const TestServer&) = delete;
    TestServer& operator=(const TestServer&) = delete;

    int port() const { return port_; }
    std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

  private:
    int port_ = 0;
    std::unique_ptr<grpc::Server> server_;
};

/// Runs the loop until the claim holds; false after 20 seconds, far more than anything here takes.
inline bool run_until(boost::asio::io_context& loop, const std::function<bool()>& claim) {
    const base::SystemClock clock;
    const auto deadline = clock.steady_now() + std::chrono::seconds{20};
    while (!claim()) {
        if (clock.steady_now() > deadline) return false;
        loop.run_one_for(std::chrono::milliseconds{100});
    }
    return true;
}

}  // namespace rpc
