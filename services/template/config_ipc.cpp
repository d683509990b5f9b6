#include "template/ipc_source.h"
#include "template/node_factory.h"

namespace templates {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t socket_path_max = 107;          // sockaddr_un has 108 bytes with the zero
constexpr std::uint64_t reserved_weight_min = 2'000;  // less the node refuses
constexpr std::uint64_t block_weight_max = 4'000'000;
constexpr std::uint64_t block_sigops_max = 80'000;
constexpr std::uint64_t money_max = 2'100'000'000'000'000;

}  // namespace

ReadSource read_ipc(service::TableReader& table, bitcoin::Network network) {
    IpcSource::Settings settings;
    auto& session = settings.session;
    session.network = network;
    settings.socket = table.path("socket").string();
    if (settings.socket.size() > socket_path_max)
        table.problem("socket", "is longer than the 107 bytes that a unix socket's path may have");
    // How old fees may get: what nodes' own template caches use.
    session.refresh_interval = table.duration_or("refresh_interval", session.refresh_interval,
                                                 seconds{1}, std::chrono::minutes{10});
    // Each look costs the node a template. Its own way of waiting looks each second.
    session.fee_interval = table.duration_or("fee_interval", session.fee_interval, seconds{1},
                                             std::chrono::minutes{10});
    // A job for every miner is worth more than that: 0.03 per mille of a subsidy.
    session.fee_threshold_sat = table.integer_in_range<std::uint64_t>(
        "fee_threshold_sat", session.fee_threshold_sat, 1, money_max);
    session.is_empty_first = table.bool_or("empty_first", session.is_empty_first);
    // For header, count and coinbase, in weight units; for the payout outputs, in sigops.
    session.reserved_weight = table.integer_in_range<std::uint64_t>(
        "reserved_weight", session.reserved_weight, reserved_weight_min, block_weight_max);
    session.reserved_sigops = table.integer_in_range<std::uint64_t>(
        "reserved_sigops", session.reserved_sigops, 0, block_sigops_max);
    session.call_timeout = table.duration_or("request_timeout", session.call_timeout, seconds{1},
                                             std::chrono::minutes{5});
    return {.address = settings.socket, .make = [settings](const SourceParts& parts) {
                return std::make_unique<IpcSource>(parts.loop, parts.clock, parts.random, settings);
            }};
}

}  // namespace templates
