#include "template/node_status.h"

#include <cmath>

#include "template/json_fields.h"

namespace templates {

using nlohmann::json;

namespace {

constexpr double satoshi = 100'000'000;

bool is_loopback(std::string_view host) {
    return host == "localhost" || host == "::1" || host.starts_with("127.");
}

// "*", "0.0.0.0" and "[::]" are where it listens, not where it is reached.
std::optional<std::string> reachable_endpoint(std::string_view address,
                                              std::string_view node_host) {
    constexpr std::string_view tcp = "tcp://";
    if (!address.starts_with(tcp)) {
        if (address.starts_with("ipc://") && is_loopback(node_host)) return std::string{address};
        return std::nullopt;
    }
    const auto rest = address.substr(tcp.size());
    const auto colon = rest.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const auto host = rest.substr(0, colon);
    if (host == "*" || host == "0.0.0.0" || host == "[::]") {
        const bool is_v6 = node_host.find(':') != std::string_view::npos;
        return std::string{tcp} + (is_v6 ? "[" : "") + std::string{node_host} + (is_v6 ? "]" : "") +
               std::string{rest.substr(colon)};
    }
    const auto bare = host.starts_with('[') ? host.substr(1, host.size() - 2) : host;
    if (is_loopback(bare) && !is_loopback(node_host)) return std::nullopt;
    return std::string{address};
}

}  // namespace

base::Result<BlockInfo, std::string> read_block_info(const json& answer) {
    const auto wrong = [](const char* what) { return base::unexpected(std::string{what}); };
    if (!answer.is_object()) return wrong("the header is no object");
    const auto found = hash(answer, "hash");
    const auto height = small_integer(answer, "height");
    const auto time = small_integer(answer, "time");
    const auto median_time = small_integer(answer, "mediantime");
    const auto bits = nbits(answer);
    const auto confirmations = answer.find("confirmations");
    if (!found) return wrong("hash is missing");
    if (!height) return wrong("height is missing");
    if (!time || !median_time) return wrong("time or mediantime is missing");
    if (!bits) return wrong("bits are missing");
    if (confirmations == answer.end() || !confirmations->is_number_integer())
        return wrong("confirmations are missing");
    return BlockInfo{.hash = {*found},
                     .confirmations = confirmations->get<std::int64_t>(),
                     .height = *height,
                     .time = *time,
                     .median_time = *median_time,
                     .nbits = *bits};
}

std::optional<bitcoin::BlockHash> read_hash(const json& answer) {
    if (!answer.is_string()) return std::nullopt;
    const auto value = bitcoin::Uint256::from_be_hex(answer.get_ref<const std::string&>());
    return value ? std::optional{bitcoin::BlockHash{*value}} : std::nullopt;
}

void read_chain_info(const json& answer, NodeStatus& status) {
    if (!answer.is_object()) return;
    if (const auto chain = text(answer, "chain"))
        status.network = bitcoin::network_of_chain(*chain);
    if (const auto tip = hash(answer, "bestblockhash")) {
        const bool is_new = status.tip != bitcoin::BlockHash{*tip};
        status.tip = bitcoin::BlockHash{*tip};
        const auto time = small_integer(answer, "time");
        if (time || is_new) status.tip_time = time;
    }
    if (const auto height = small_integer(answer, "blocks")) status.height = height;
    if (const auto headers = small_integer(answer, "headers")) status.header_height = headers;
    if (const auto is_initial = boolean(answer, "initialblockdownload"))
        status.is_initial_download = is_initial;
    if (const auto is_pruned = boolean(answer, "pruned")) status.is_pruned = is_pruned;
}

void read_network_info(const json& answer, NodeStatus& status) {
    if (!answer.is_object()) return;
    if (const auto software = text(answer, "subversion")) status.software = std::string{*software};
    if (const auto peers = small_integer(answer, "connections")) status.peers = peers;
}

std::optional<std::uint64_t> read_mempool_fees(const json& answer) {
    if (!answer.is_object()) return std::nullopt;
    const auto fees = answer.find("total_fee");
    if (fees == answer.end() || !fees->is_number()) return std::nullopt;
    const auto bitcoins = fees->get<double>();
    if (!(bitcoins >= 0 && bitcoins <= 21e6)) return std::nullopt;
    return static_cast<std::uint64_t>(std::llround(bitcoins * satoshi));
}

std::optional<std::string> read_zmq_endpoint(const json& answer, std::string_view node_host) {
    if (!answer.is_array()) return std::nullopt;
    for (const auto& entry : answer) {
        if (!entry.is_object() || text(entry, "type") != "pubhashblock") continue;
        const auto address = text(entry, "address");
        if (!address) continue;
        if (auto endpoint = reachable_endpoint(*address, node_host)) return endpoint;
    }
    return std::nullopt;
}

}  // namespace templates
