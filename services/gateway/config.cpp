#include "gateway/config.h"

#include <string>

namespace gateway {
namespace {

using namespace std::chrono_literals;

FrontLimits read_limits(service::TableReader table) {
    FrontLimits limits;
    limits.connections_max =
        table.integer_in_range<std::size_t>("connections", limits.connections_max, 1, 1'000'000);
    limits.connections_per_address_max = table.integer_in_range<std::size_t>(
        "connections_per_address", limits.connections_per_address_max, 1, 1'000'000);
    limits.handshakes_max =
        table.integer_in_range<std::size_t>("handshakes", limits.handshakes_max, 1, 1'000'000);
    limits.session.channels_max = table.integer_in_range<std::size_t>(
        "channels_per_connection", limits.session.channels_max, 1, 1'000'000);
    limits.deadlines.handshake_deadline =
        table.duration_or("handshake_deadline", limits.deadlines.handshake_deadline, 100ms, 10min);
    limits.deadlines.setup_deadline =
        table.duration_or("setup_deadline", limits.deadlines.setup_deadline, 100ms, 10min);
    limits.deadlines.first_channel_deadline = table.duration_or(
        "first_channel_deadline", limits.deadlines.first_channel_deadline, 100ms, 24h);
    limits.deadlines.frame_deadline =
        table.duration_or("frame_deadline", limits.deadlines.frame_deadline, 100ms, 10min);
    limits.deadlines.write_stall_deadline = table.duration_or(
        "write_stall_deadline", limits.deadlines.write_stall_deadline, 100ms, 10min);
    return limits;
}

}  // namespace

Config load_config(const std::filesystem::path& file) {
    service::ConfigReader reader{file};
    auto root = reader.root();
    Config config;
    config.log = service::read_log_config(root);
    config.chassis = service::read_chassis_config(root, 24270, 24271);
    config.listen = root.table("listen").endpoint("address");
    auto noise = root.table("noise");
    config.key_file = noise.path("key_file");
    config.certificate_file = noise.path("certificate_file");
    config.certificate_check_interval =
        noise.duration_or("check_interval", config.certificate_check_interval, 100ms, 24h);
    config.bus_listen = root.table("bus").endpoint("listen");
    config.ledger = ledger::read_config(root);
    auto templates = root.table("templates");
    config.template_replicas = templates.endpoints("replicas");
    if (config.template_replicas.empty() && templates.strings("replicas").empty())
        templates.problem("replicas", "is missing: at least one host:port");
    config.vardiff_replicas = root.table("vardiff").endpoints("replicas");
    config.limits = read_limits(root.table("limits"));
    reader.finish();
    return config;
}

}  // namespace gateway
