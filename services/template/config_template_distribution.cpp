#include "template/template_distribution.h"

namespace templates {

std::optional<TemplateDistributionConfig> read_template_distribution(service::TableReader& root) {
    using namespace std::chrono_literals;
    if (!root.has("template_distribution")) return std::nullopt;
    auto table = root.table("template_distribution");
    TemplateDistributionConfig config;
    auto& server = config.server;
    server.listen = table.endpoint("listen");
    config.certificate = edge::read_certificate_files(table);
    server.session.outputs_bytes_max = table.integer_in_range<std::uint32_t>(
        "outputs_bytes", server.session.outputs_bytes_max, 0, 100'000);
    server.session.outputs_sigops_max = table.integer_in_range<std::uint16_t>(
        "outputs_sigops", server.session.outputs_sigops_max, 0, 20'000);
    server.connections_max =
        table.integer_in_range<std::size_t>("connections", server.connections_max, 1, 10'000);
    server.connections_per_address_max = table.integer_in_range<std::size_t>(
        "connections_per_address", server.connections_per_address_max, 1, 10'000);
    server.requests.per_second = table.integer_in_range<std::size_t>(
        "requests_per_second", server.requests.per_second, 1, 100'000);
    server.requests.burst =
        table.integer_in_range<std::size_t>("requests_burst", server.requests.burst, 1, 100'000);
    server.handshake_deadline =
        table.duration_or("handshake_deadline", server.handshake_deadline, 100ms, 10min);
    server.setup_deadline =
        table.duration_or("setup_deadline", server.setup_deadline, 100ms, 10min);
    server.write_stall_deadline =
        table.duration_or("write_stall_deadline", server.write_stall_deadline, 100ms, 10min);
    return config;
}

}  // namespace templates
