#include "template/config.h"

namespace templates {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint16_t default_grpc_port = 24252;
constexpr std::uint16_t default_http_port = 24275;

// Several replicas may share one list: each leaves itself out.
void read_replicas(service::TableReader root, Config& config) {
    for (const auto& replica : root.endpoints("replicas"))
        if (replica != config.chassis.grpc) config.replicas.push_back(service::to_string(replica));
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
