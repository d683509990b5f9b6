#include "template/config.h"

namespace templates {
namespace {

constexpr std::uint16_t default_grpc_port = 24252;
constexpr std::uint16_t default_http_port = 24275;

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
