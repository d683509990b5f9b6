#include "template/config.h"

namespace templates {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint16_t default_grpc_port = 24252;
constexpr std::uint16_t default_http_port = 24275;

void read_replicas(service::TableReader root, Config& config) {
    config.replicas = root.endpoints("replicas");
    auto leader = root.table("leader");
    // Without new templates so long when a leader dies; a Redis that syncs its disk for as long
    // changes leaders, which costs nothing but a job.
    config.leadership.lease =
        leader.duration_or("lease", config.leadership.lease, milliseconds{100}, seconds{60});
    // A Redis that is well answers in a few; a tip that is known late is work for nothing.
    config.feed.store_wait =
        leader.duration_or("store_wait", config.feed.store_wait, milliseconds{0}, seconds{5});
    // Blocks of a template come within seconds, but for a partition that waits for its ledger.
    config.archive.grace = root.table("archive").duration_or("grace", config.archive.grace,
                                                             seconds{10}, std::chrono::hours{24});
    config.archive.durability = config.ledger.durability;
}

std::chrono::seconds seconds_or(service::TableReader& table, std::string_view key, seconds fallback,
                                seconds min, seconds max) {
    return std::chrono::floor<seconds>(table.duration_or(key, fallback, min, max));
}

NodeWatch::Settings read_health(service::TableReader table, bitcoin::Network network) {
    NodeWatch::Settings settings{.rules = default_health_rules(network)};
    auto& rules = settings.rules;
    rules.peers_min = table.integer_in_range<std::uint32_t>("peers_min", rules.peers_min, 0, 1000);
    rules.lag_blocks_max =
        table.integer_in_range<std::uint32_t>("lag_blocks_max", rules.lag_blocks_max, 0, 1000);
    rules.lag_time_max =
        table.duration_or("lag_time_max", rules.lag_time_max, seconds{1}, hours{24});
    rules.tip_age_max =
        seconds_or(table, "tip_age_max", rules.tip_age_max, seconds{0}, hours{24 * 30});
    // An hour refuses a node whatever is set.
    rules.clock_offset_max =
        seconds_or(table, "clock_offset_max", rules.clock_offset_max, seconds{1}, hours{1});
    // Until then work on it goes on: it may well be in the network.
    settings.limits.lost_tip_after =
        table.duration_or("lost_tip_after", settings.limits.lost_tip_after, seconds{1}, hours{1});
    return settings;
}

}  // namespace

Config read_config(service::ConfigReader& reader) {
    auto root = reader.root();
    Config config;
    config.log = service::read_log_config(root);
    config.chassis = service::read_chassis_config(root, default_grpc_port, default_http_port);
    config.network = root.one_of<bitcoin::Network>("network", "regtest",
                                                   {{"main", bitcoin::Network::mainnet},
                                                    {"test", bitcoin::Network::testnet},
                                                    {"testnet4", bitcoin::Network::testnet4},
                                                    {"signet", bitcoin::Network::signet},
                                                    {"regtest", bitcoin::Network::regtest}});
    config.nodes = read_nodes(root, config.network);
    config.watch = read_health(root.table("health"), config.network);
    config.ledger = ledger::read_config(root);
    read_replicas(root, config);
    config.spool = read_spool_config(root.table("spool"));
    config.template_distribution = read_template_distribution(root);
    reader.finish();
    return config;
}

Config load_config(const std::filesystem::path& file) {
    service::ConfigReader reader{file};
    return read_config(reader);
}

}  // namespace templates
