#include "admin/config.h"

namespace admin {
namespace {

constexpr std::uint16_t default_grpc_port = 24281;
constexpr std::uint16_t default_http_port = 24282;

FleetConfig read_fleet(service::TableReader fleet) {
    return {.gateways = fleet.endpoints("gateways"),
            .channel_managers = fleet.endpoints("channel_managers"),
            .templates = fleet.endpoints("templates"),
            .vardiffs = fleet.endpoints("vardiffs"),
            .translators = fleet.endpoints("translators")};
}

}  // namespace

Config read_config(service::ConfigReader reader) {
    auto root = reader.root();
    Config config;
    config.log = service::read_log_config(root);
    config.chassis = service::read_chassis_config(root, default_grpc_port, default_http_port);
    config.ledger = ledger::read_config(root);
    config.share_outlets = read_share_outlets(root);
    config.fleet = read_fleet(root.table("fleet"));
    config.api = read_api_config(root.table("api"));
    config.console = read_console_config(root);
    config.webhooks = read_webhooks(root);
    config.miner_page = read_miner_page_config(root);
    reader.finish();
    return config;
}

Config load_config(const std::filesystem::path& file) {
    return read_config(service::ConfigReader{file});
}

}  // namespace admin
