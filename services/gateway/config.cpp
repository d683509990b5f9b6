#include "gateway/config.h"

#include <string>

#include "edge/drain_config.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;

std::vector<base::IpNetwork> read_networks(service::TableReader& table, std::string_view key) {
    std::vector<base::IpNetwork> networks;
    for (const auto& text : table.strings(key)) {
        if (const auto network = base::parse_ip_network(text))
            networks.push_back(*network);
        else
            table.problem(key, "holds \"" + text +
                                   "\", which is neither an address nor a network such as "
                                   "10.0.0.0/8");
    }
    return networks;
}

FrontLimits read_limits(service::TableReader table) {
    FrontLimits limits;
    limits.connections_max =
        table.integer_in_range<std::size_t>("connections", limits.connections_max, 1, 1'000'000);
    limits.connections_per_address_max = table.integer_in_range<std::size_t>(
        "connections_per_address", limits.connections_per_address_max, 1, 1'000'000);
    limits.handshakes_max =
        table.integer_in_range<std::size_t>("handshakes", limits.handshakes_max, 1, 1'000'000);
    limits.requests.per_second = table.integer_in_range<std::size_t>(
        "requests_per_second", limits.requests.per_second, 1, 1'000'000);
    limits.requests.burst =
        table.integer_in_range<std::size_t>("requests_burst", limits.requests.burst, 1, 1'000'000);
    auto& session = limits.session;
    session.channels_max = table.integer_in_range<std::size_t>("channels_per_connection",
                                                               session.channels_max, 1, 1'000'000);
    session.pending_opens_max = table.integer_in_range<std::size_t>(
        "pending_opens_per_connection", session.pending_opens_max, 1, 1'000'000);
    session.anomalies_max = table.integer_in_range<std::size_t>(
        "stray_frames_per_connection", session.anomalies_max, 0, 1'000'000);
    session.requested_extensions_max = table.integer_in_range<std::size_t>(
        "requested_extensions", session.requested_extensions_max, 1, 65'535);
    limits.frame_payload_max = table.integer_in_range<std::size_t>(
        "frame_bytes", limits.frame_payload_max, 1024, sv2::payload_size_max);
    limits.output.connection = table.integer_in_range<std::size_t>(
        "send_queue_bytes", limits.output.connection, 64 * 1024, std::size_t{1} << 30);
    limits.output.channel = table.integer_in_range<std::size_t>(
        "send_queue_bytes_per_channel", limits.output.channel, 0, 64 * 1024);
    limits.memory_max = table.integer_in_range<std::size_t>(
        "memory_per_connection_bytes", limits.memory_max, 256 * 1024, std::size_t{1} << 40);
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

MiningPolicy read_policy(service::TableReader root) {
    MiningPolicy policy;
    auto table = root.table("mining");
    policy.requires_fixed_version = table.bool_or("fixed_version", false);
    policy.requires_extended_channels = table.bool_or("extended_channels_only", false);
    auto acknowledgement = root.table("acknowledgement");
    policy.hold.count =
        acknowledgement.integer_in_range<std::uint32_t>("hold_count", 0, 0, 1'000'000);
    policy.hold.time = acknowledgement.duration_or("hold_time", 0ms, 0ms, 1h);
    return policy;
}

std::shared_ptr<const CustomJobCheck> read_custom_jobs(service::TableReader table) {
    enum class Check { none, local };
    const auto check =
        table.one_of<Check>("check", "none", {{"none", Check::none}, {"local", Check::local}});
    const auto value_min =
        table.integer_in_range<std::uint32_t>("value_min_basis_points", 9'000, 0, 10'000);
    if (check == Check::none) return nullptr;
    return std::make_shared<const LocalCustomJobs>(value_min);
}

}  // namespace

Config load_config(const std::filesystem::path& file) {
    service::ConfigReader reader{file};
    return read_config(reader);
}

Config read_config(service::ConfigReader& reader) {
    auto root = reader.root();
    Config config;
    config.log = service::read_log_config(root);
    config.chassis = service::read_chassis_config(root, 24270, 24271);
    auto listen = root.table("listen");
    config.listen = listen.endpoint("address");
    const auto proxies = read_networks(listen, "proxy_protocol_from");
    auto noise = root.table("noise");
    config.certificate = edge::read_certificate_files(noise);
    config.bus_listen = root.table("bus").endpoint("listen");
    config.ledger = ledger::read_config(root);
    auto templates = root.table("templates");
    config.template_replicas = templates.endpoints("replicas");
    if (config.template_replicas.empty() && templates.strings("replicas").empty())
        templates.problem("replicas", "is missing: at least one host:port");
    config.vardiff_replicas = root.table("vardiff").endpoints("replicas");
    config.limits = read_limits(root.table("limits"));
    config.limits.proxies = proxies;
    config.policy = read_policy(root);
    config.custom_jobs = read_custom_jobs(root.table("custom_jobs"));
    config.policy.custom_jobs = config.custom_jobs.get();
    config.template_age_max = templates.duration_or("age_max", config.template_age_max, 0ms, 24h);
    config.drain = edge::read_drain_settings(root, config.chassis);
    reader.finish();
    return config;
}

}  // namespace gateway
