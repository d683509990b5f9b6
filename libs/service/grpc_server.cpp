#include "service/grpc_server.h"

#include <fmt/format.h>
#include <grpc/support/log.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/server_builder.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

#include "base/log.h"

namespace service {
namespace {

// gRPC reports on stderr in a form of its own. What matters comes back as an error; the rest is
// for who debugs.
void log_for_grpc(gpr_log_func_args* line) {
    base::log_debug("grpc", {{"line", line->message}});
}

// Why gRPC could not listen, which it does not tell: the same attempt once more by hand.
std::error_code probe(const Endpoint& listen) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE;
    addrinfo* found = nullptr;
    if (getaddrinfo(listen.host.c_str(), std::to_string(listen.port).c_str(), &hints, &found) != 0)
        return std::make_error_code(std::errc::address_not_available);
    std::error_code why;
    const int fd = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (fd < 0 || ::bind(fd, found->ai_addr, found->ai_addrlen) != 0 || ::listen(fd, 1) != 0)
        why = std::error_code{errno, std::generic_category()};
    if (fd >= 0) ::close(fd);
    freeaddrinfo(found);
    return why;
}

}  // namespace

GrpcServer::GrpcServer(const Endpoint& listen, std::string_view key,
                       const std::vector<grpc::Service*>& services,
                       const GrpcServerOptions& options) {
    constexpr int message_size_max = 16 << 20;  // a full block with room to spare
    gpr_set_log_function(log_for_grpc);
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();

    int port = 0;
    grpc::ServerBuilder builder;
    // Else a second process takes half of the calls of the first, and nobody is told.
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    // Our clients ping every 10 s to notice a peer that has gone without a word; by default gRPC
    // takes that for abuse and closes the connection.
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 5'000);
    if (options.ping_interval.count() > 0) {
        const auto interval = static_cast<int>(options.ping_interval.count());
        builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, interval);
        builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, interval / 2);
        builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);  // without end
    }
    builder.SetMaxReceiveMessageSize(message_size_max);
    builder.AddListeningPort(
        to_string(listen),
        options.credentials ? options.credentials : grpc::InsecureServerCredentials(), &port);
    for (auto* service : services) builder.RegisterService(service);
    server_ = builder.BuildAndStart();
    if (!server_ || port == 0) {
        const auto why = probe(listen);
        throw std::runtime_error{
            why ? listen_failure(listen, key, why)
                : fmt::format("gRPC cannot listen on {} ({})", to_string(listen), key)};
    }
    port_ = static_cast<std::uint16_t>(port);
    set_ready(false);
    set_live(true);
}

GrpcServer::~GrpcServer() {
    stop(std::chrono::milliseconds{0});
}

void GrpcServer::set_ready(bool ready) {
    auto* const health = server_->GetHealthCheckService();
    health->SetServingStatus("", ready);
    health->SetServingStatus("readiness", ready);
}

void GrpcServer::set_live(bool live) {
    server_->GetHealthCheckService()->SetServingStatus("liveness", live);
}

void GrpcServer::stop(std::chrono::milliseconds grace) {
    server_->Shutdown(gpr_time_from_millis(grace.count(), GPR_TIMESPAN));
}

}  // namespace service
