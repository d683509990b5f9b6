#include "aditctl/direct/nodes.h"

#include <adit/templates/v1/templates.grpc.pb.h>
#include <fmt/format.h>
#include <grpcpp/create_channel.h>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "rpc/template_codec.h"

namespace aditctl::direct {
namespace {

namespace proto = adit::templates::v1;

constexpr std::chrono::seconds patience{5};

struct Options {
    std::vector<std::string> replicas{"127.0.0.1:24252"};
};

std::string_view verdict_of(const proto::Node& node) {
    switch (node.verdict()) {
        case proto::Node::VERDICT_USABLE: return "usable";
        case proto::Node::VERDICT_POOR: return "poor";
        case proto::Node::VERDICT_REFUSED: return "refused";
        default: return "unknown";
    }
}

std::string or_dash(std::string text) {
    return text.empty() ? "-" : std::move(text);
}

template <class Value>
std::string known(bool is_known, Value value) {
    return is_known ? fmt::format("{}", value) : "-";
}

std::string tip_of(const proto::Node& node) {
    const auto tip = rpc::read_uint256(node.tip());
    return tip ? tip->to_be_hex() : "-";
}

std::string yes_or_no(bool is_known, bool value) {
    return known(is_known, value ? "yes" : "no");
}

void print(const proto::Node& node) {
    fmt::print(
        "{} {}{} kind={} address={} software={} chain={} height={} behind={} headers={} tip={} "
        "peers={} downloading={} pruned={} clock_offset={} news={}\n",
        node.name(), verdict_of(node), node.leads() ? " leads" : "", node.kind(),
        or_dash(node.address()), or_dash(node.software()), or_dash(node.chain()),
        known(node.has_height(), node.height()), node.blocks_behind(),
        known(node.has_header_height(), node.header_height()), tip_of(node),
        known(node.has_peers(), node.peers()),
        yes_or_no(node.has_is_initial_download(), node.is_initial_download()),
        yes_or_no(node.has_is_pruned(), node.is_pruned()),
        node.has_clock_offset_seconds() ? fmt::format("{}s", node.clock_offset_seconds()) : "-",
        node.news().empty() ? "-" : fmt::format("\"{}\"", node.news()));
    if (!node.reason().empty()) fmt::print("    {}\n", node.reason());
}

void show_nodes_of(const std::string& replica) {
    const auto channel = grpc::CreateChannel(replica, grpc::InsecureChannelCredentials());
    const auto stub = proto::TemplateService::NewStub(channel);
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + patience);
    proto::ListNodesResponse response;
    if (const auto status = stub->ListNodes(&context, {}, &response); !status.ok())
        throw std::runtime_error(
            fmt::format("template service at {}: {}; --template names its listen.grpc", replica,
                        status.error_message()));
    for (const auto& node : response.nodes()) print(node);
}

void show_nodes(const Options& options) {
    for (const auto& replica : options.replicas) {
        if (options.replicas.size() > 1) fmt::print("{}:\n", replica);
        show_nodes_of(replica);
    }
}

}  // namespace

void add_nodes_command(CLI::App& app) {
    auto options = std::make_shared<Options>();
    auto* nodes = app.add_subcommand(
        "nodes", "prints the bitcoin nodes of template services, and what they make of each");
    nodes
        ->add_option("--template", options->replicas,
                     "host:port of a template service's gRPC; may be repeated")
        ->capture_default_str();
    nodes->callback([options] { show_nodes(*options); });
}

}  // namespace aditctl::direct
