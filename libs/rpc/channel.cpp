#include "rpc/channel.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include <vector>

namespace rpc {
namespace {

constexpr int ping_interval_ms = 10'000;
constexpr int ping_timeout_ms = 5'000;
constexpr int reconnect_first_ms = 100;
constexpr int reconnect_last_ms = 2'000;

}  // namespace

std::shared_ptr<grpc::Channel> dial(const std::string& address) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, ping_interval_ms);
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, ping_timeout_ms);
    arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);  // without end: streams are quiet
    arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, reconnect_first_ms);
    arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, reconnect_first_ms);
    arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, reconnect_last_ms);
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);  // our services are never behind one
    auto channel =
        grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
    // gRPC 1.51 runs callbacks on threads that end with the last channel, joined by whoever drops
    // it. A call that outlives its client drops it on one of these threads, which then waits for
    // itself or frees what it stands on. So channels stay for as long as the process.
    static auto* const kept = new std::vector<std::shared_ptr<grpc::Channel>>;
    kept->push_back(channel);
    return channel;
}

}  // namespace rpc
