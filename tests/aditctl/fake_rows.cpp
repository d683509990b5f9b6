#include "aditctl/fake_rows.h"

#include <fmt/format.h>

namespace fake_admin {
namespace {

constexpr std::int64_t long_ago = 1'700'000'000;

void set_shares(v1::ShareCounts& shares, std::uint64_t accepted, std::uint64_t rejected) {
    shares.set_accepted(accepted);
    shares.set_rejected(rejected);
    if (rejected > 0) (*shares.mutable_rejected_by_reason())["stale-share"] = rejected;
    const auto all = static_cast<double>(accepted + rejected);
    shares.set_valid_ratio(all > 0 ? static_cast<double>(accepted) / all : 1);
}

v1::Worker worker(const std::string& identity, const std::string& name, v1::Worker::State state,
                  std::uint64_t accepted, std::uint64_t rejected, double hash_rate) {
    v1::Worker row;
    row.set_name(fmt::format("identities/{}/workers/{}", identity, name));
    row.set_identity(identity);
    row.set_worker(name);
    row.set_state(state);
    set_shares(*row.mutable_shares_last_hour(), accepted, rejected);
    row.mutable_hash_rates()->set_last_hour(state == v1::Worker::STATE_SILENT ? 0 : hash_rate);
    row.mutable_hash_rates()->set_last_day(hash_rate);
    row.mutable_last_share_time()->set_seconds(long_ago);
    return row;
}

}  // namespace

v1::Pool pool() {
    v1::Pool row;
    row.set_name("pool");
    row.mutable_hash_rates()->set_last_minute(12.34e12);
    row.mutable_hash_rates()->set_last_hour(12.1e12);
    set_shares(*row.mutable_shares_last_hour(), 9976, 24);
    row.set_connections(60);
    row.set_channels(60);
    row.set_height(870'000);
    row.mutable_template_time()->set_seconds(long_ago);
    row.set_problems_critical(1);
    row.set_problems_warning(1);
    return row;
}

std::vector<v1::Problem> problems() {
    v1::Problem wedged;
    wedged.set_name("problems/channel-manager-1:wedged");
    wedged.set_severity(v1::Problem::SEVERITY_CRITICAL);
    wedged.set_text(
        "channel-manager-1 answers, but its loop does not turn; its supervisor ends it");
    wedged.set_service("services/channel-manager-1");
    wedged.set_kind("wedged");
    wedged.set_runbook("docs/runbook.md#wedged");
    v1::Problem poor;
    poor.set_name("problems/template-1:node-poor:core-2");
    poor.set_severity(v1::Problem::SEVERITY_WARNING);
    poor.set_text("core-2 is 2 blocks behind");
    poor.set_service("services/template-1");
    poor.set_kind("node-poor");
    return {wedged, poor};
}

std::vector<v1::Service> services() {
    std::vector<v1::Service> rows;
    for (const auto* const name :
         {"gateway-1", "channel-manager-1", "template-1", "redis-127.0.0.1:6379"}) {
        v1::Service row;
        row.set_name(fmt::format("services/{}", name));
        row.set_state(v1::Service::STATE_READY);
        row.mutable_start_time()->set_seconds(long_ago);
        rows.push_back(row);
    }
    rows[1].set_state(v1::Service::STATE_WEDGED);
    rows[1].set_reason("its loop has not turned for 7s");
    auto& stage = *rows[1].add_stages();
    stage.set_name("judge");
    stage.set_depth(42);
    stage.set_oldest_seconds(7.5);
    stage.set_is_stalled(true);
    return rows;
}

std::vector<v1::Gateway> gateways() {
    std::vector<v1::Gateway> rows;
    for (const auto* const name : {"gateway-1", "gateway-2", "gateway-3"}) {
        v1::Gateway row;
        row.set_name(fmt::format("gateways/{}", name));
        row.set_state(v1::Gateway::STATE_SERVING);
        row.set_connections(40);
        row.set_connections_max(10'000);
        rows.push_back(row);
    }
    return rows;
}

std::vector<v1::Connection> connections() {
    v1::Connection row;
    row.set_name("gateways/gateway-1/connections/17");
    row.set_peer_address("10.0.0.7:4711");
    row.set_state(v1::Connection::STATE_MINING);
    // What a terminal must not obey.
    row.set_firmware("evil\x1b[2J\x1b]0;title\x07 1.0");
    row.add_channel_names("channels/0123456789abcdef");
    return {row};
}

std::vector<v1::Channel> channels() {
    v1::Channel row;
    row.set_name("channels/0123456789abcdef");
    row.set_user_identity("alice.rig1");
    row.set_gateway("gateways/gateway-1");
    row.set_difficulty(65'536);
    return {row};
}

std::vector<v1::Worker> workers() {
    using Row = v1::Worker;
    std::vector<Row> rows{
        worker("alice", "rig1", Row::STATE_SILENT, 0, 0, 100e12),
        worker("alice", "rig2", Row::STATE_SILENT, 0, 0, 200e12),
        worker("bob", "one-of-one", Row::STATE_MINING, 0, 1, 1e12),
        worker("bob", "half", Row::STATE_MINING, 100, 100, 1e12),
        worker("carol", "-", Row::STATE_GONE, 0, 50, 1e12),
    };
    for (int i = 0; i < 2000; ++i)
        rows.push_back(worker("farm", fmt::format("rig{:04}", i), Row::STATE_MINING, 100, 0, 1e12));
    return rows;
}

std::vector<v1::Node> nodes() {
    v1::Node row;
    row.set_name("nodes/template-1.core-1");
    row.set_verdict(v1::Node::VERDICT_USABLE);
    row.set_is_reachable(true);
    row.set_leads(true);
    row.set_height(869'999);
    return {row};
}

std::vector<v1::Block> blocks() {
    v1::Block row;
    row.set_name("blocks/00000000000000000001");
    row.set_height(869'999);
    row.set_state(v1::Block::STATE_ACCEPTED);
    row.set_value_sat(312'512'345);
    auto& event = *row.add_events();
    event.mutable_time()->set_seconds(long_ago);
    event.set_event("found");
    event.set_replica("template-1");
    return {row};
}

std::vector<v1::Ban> bans() {
    v1::Ban row;
    row.set_name("bans/address:10.0.0.0%2F8");
    row.set_address("10.0.0.0/8");
    row.set_reason("flood");
    return {row};
}

}  // namespace fake_admin
