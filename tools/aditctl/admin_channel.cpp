#include "aditctl/admin_channel.h"

#include <fmt/format.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "base/hex.h"
#include "base/random.h"

namespace aditctl {
namespace {

constexpr int ping_interval_ms = 10'000;
constexpr int ping_timeout_ms = 5'000;
// A page has at most 1,000 rows, a batch of a stream what changed in a second.
constexpr int answer_size_max = 64 * 1024 * 1024;

std::string read_pem(const std::string& path, const char* option) {
    std::ifstream file{path};
    std::ostringstream text;
    if (!file || !(text << file.rdbuf()))
        throw CommandFailure{ExitCode::usage,
                             fmt::format("{} {}: {}", option, path, std::strerror(errno))};
    return text.str();
}

std::shared_ptr<grpc::ChannelCredentials> credentials_of(const GlobalOptions& options) {
    if (options.tls_certificate.empty() != options.tls_key.empty())
        throw CommandFailure{ExitCode::usage, "--tls-cert and --tls-key go together"};
    if (options.tls_ca.empty() && options.tls_certificate.empty())
        return grpc::InsecureChannelCredentials();
    grpc::SslCredentialsOptions tls;
    if (!options.tls_ca.empty()) tls.pem_root_certs = read_pem(options.tls_ca, "--tls-ca");
    if (!options.tls_certificate.empty()) {
        tls.pem_cert_chain = read_pem(options.tls_certificate, "--tls-cert");
        tls.pem_private_key = read_pem(options.tls_key, "--tls-key");
    }
    return grpc::SslCredentials(tls);
}

}  // namespace

AdminChannel::AdminChannel(const GlobalOptions& options) : options_(options) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, ping_interval_ms);
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, ping_timeout_ms);
    arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
    arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2'000);
    arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
    arguments.SetMaxReceiveMessageSize(answer_size_max);
    channel_ = grpc::CreateCustomChannel(options.admin, credentials_of(options), arguments);
}

std::chrono::system_clock::time_point AdminChannel::deadline() const {
    return std::chrono::system_clock::now() + options_.timeout;
}

grpc::Status AdminChannel::wait_until_connected() const {
    if (channel_->WaitForConnected(deadline())) return grpc::Status::OK;
    return {grpc::StatusCode::UNAVAILABLE, "no connection"};
}

std::string request_id_for(const GlobalOptions& options) {
    auto id = options.request_id;
    if (id.empty()) {
        base::SystemRandom random;
        std::array<std::byte, 16> bytes{};
        random.fill(bytes);
        // A UUID of version 4 (RFC 9562 5.4).
        bytes[6] = (bytes[6] & std::byte{0x0f}) | std::byte{0x40};
        bytes[8] = (bytes[8] & std::byte{0x3f}) | std::byte{0x80};
        const auto hex = base::to_hex(bytes);
        id = fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4),
                         hex.substr(16, 4), hex.substr(20));
    }
    if (options.is_verbose) fmt::print(stderr, "request_id {}\n", id);
    return id;
}

}  // namespace aditctl
